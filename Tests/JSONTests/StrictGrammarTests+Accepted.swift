@testable import JSON

private func row(_ name: String, _ text: Bytes, _ value: JSONValue, _ diagnostics: [String] = [])
  -> StrictGrammarTests.Accepted
{
  .init(name: name, text: text, value: value, diagnostics: diagnostics)
}

extension StrictGrammarTests {
  static let accepted: [Accepted] = [
    row("y_array_arraysWithSpaces", "[[]   ]", [[]]),
    row("y_array_empty-string", #"[""]"#, [""]),
    row("y_array_empty", "[]", []),
    row("y_array_ending_with_newline", #"["a"]"#, ["a"]),
    row("y_array_false", "[false]", [false]),
    row("y_array_heterogeneous", #"[null, 1, "1", {}]"#, [.null, 1, "1", [:]]),
    row("y_array_null", "[null]", [.null]),
    row("y_array_with_1_and_newline", "[1\n]", [1]),
    row("y_array_with_leading_space", " [1]", [1]),
    row("y_array_with_several_null", "[1,null,null,null,2]", [1, .null, .null, .null, 2]),
    row("y_array_with_trailing_space", "[2] ", [2]),

    row("y_number", "[123e65]", [1.23e67]),
    row("y_number_0e+1", "[0e+1]", [0.0]),
    row("y_number_0e1", "[0e1]", [0.0]),
    row("y_number_after_space", "[ 4]", [4]),
    row(
      "y_number_double_close_to_zero",
      "[-0.000000000000000000000000000000000000000000000000000000000000000000000000000001]", [-1e-78]),
    row("y_number_int_with_exp", "[20e1]", [200.0]),
    row("y_number_minus_zero", "[-0]", [-0.0]),
    row("y_number_negative_int", "[-123]", [-123]),
    row("y_number_negative_one", "[-1]", [-1]),
    row("y_number_real_capital_e", "[1E22]", [1e22]),
    row("y_number_real_capital_e_neg_exp", "[1E-2]", [0.01]),
    row("y_number_real_capital_e_pos_exp", "[1E+2]", [100.0]),
    row("y_number_real_exponent", "[123e45]", [1.23e47]),
    row("y_number_real_fraction_exponent", "[123.456e78]", [1.23456e80]),
    row("y_number_real_neg_exp", "[1e-2]", [0.01]),
    row("y_number_real_pos_exponent", "[1e+2]", [100.0]),
    row("y_number_simple_int", "[123]", [123]),
    row("y_number_simple_real", "[123.456789]", [123.456789]),

    row("y_object", #"{"asd":"sdf", "dfg":"fgh"}"#, ["asd": "sdf", "dfg": "fgh"]),
    row("y_object_basic", #"{"asd":"sdf"}"#, ["asd": "sdf"]),
    row(
      "y_object_duplicated_key", #"{"a":"b","a":"c"}"#, ["a": "b", "a": "c"],
      ["1:10 error the key 'a' is given twice"]),
    row(
      "y_object_duplicated_key_and_value", #"{"a":"b","a":"b"}"#, ["a": "b", "a": "b"],
      ["1:10 error the key 'a' is given twice"]),
    row("y_object_empty", "{}", [:]),
    row("y_object_empty_key", #"{"":0}"#, ["": 0]),
    row("y_object_escaped_null_in_key", #"{"foo\u0000bar": 42}"#, ["foo\0bar": 42]),
    row(
      "y_object_extreme_numbers", #"{ "min": -1.0e+28, "max": 1.0e+28 }"#, ["min": -1e28, "max": 1e28]),
    row(
      "y_object_long_strings",
      #"{"x":[{"id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}], "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#,
      [
        "x": [["id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"]],
        "id": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      ]),
    row("y_object_simple", #"{"a":[]}"#, ["a": []]),
    row(
      "y_object_string_unicode", #"{"title":"\u041f\u043e\u043b\u0442\u043e\u0440\u0430"}"#, ["title": "Полтора"]),
    row("y_object_with_newlines", "{\n\"a\": \"b\"\n}", ["a": "b"]),

    row("y_string_1_2_3_bytes_UTF-8_sequences", #"["\u0060\u012a\u12AB"]"#, ["\u{60}\u{12A}\u{12AB}"]),
    row("y_string_accepted_surrogate_pair", #"["\uD801\udc37"]"#, ["\u{10437}"]),
    row("y_string_accepted_surrogate_pairs", #"["\ud83d\ude39\ud83d\udc8d"]"#, ["\u{1F639}\u{1F48D}"]),
    row("y_string_allowed_escapes", #"["\"\\\/\b\f\n\r\t"]"#, ["\"\\/\u{8}\u{C}\n\r\t"]),
    row("y_string_backslash_and_u_escaped_zero", #"["\\u0000"]"#, ["\\u0000"]),
    row("y_string_backslash_doublequotes", #"["\""]"#, ["\""]),
    row("y_string_comments", #"["a/*b*/c/*d//e"]"#, ["a/*b*/c/*d//e"]),
    row("y_string_double_escape_a", #"["\\a"]"#, ["\\a"]),
    row("y_string_double_escape_n", #"["\\n"]"#, ["\\n"]),
    row("y_string_escaped_control_character", #"["\u0012"]"#, ["\u{12}"]),
    row("y_string_escaped_noncharacter", #"["\uFFFF"]"#, ["\u{FFFF}"]),
    row("y_string_in_array_with_leading_space", #"[ "asd"]"#, ["asd"]),
    row("y_string_last_surrogates_1_and_2", #"["\uDBFF\uDFFF"]"#, ["\u{10FFFF}"]),
    row("y_string_nbsp_uescaped", #"["new\u00A0line"]"#, ["new\u{A0}line"]),
    row("y_string_nonCharacterInUTF-8_U+10FFFF", "[\"\u{10FFFF}\"]", ["\u{10FFFF}"]),
    row("y_string_nonCharacterInUTF-8_U+FFFF", "[\"\u{FFFF}\"]", ["\u{FFFF}"]),
    row("y_string_null_escape", #"["\u0000"]"#, ["\0"]),
    row("y_string_one-byte-utf-8", #"["\u002c"]"#, [","]),
    row("y_string_pi", #"["π"]"#, ["π"]),
    row("y_string_reservedCharacterInUTF-8_U+1BFFF", "[\"\u{1BFFF}\"]", ["\u{1BFFF}"]),
    row("y_string_simple_ascii", #"["asd "]"#, ["asd "]),
    row("y_string_space", #"" ""#, " "),
    row("y_string_surrogates_U+1D11E_MUSICAL_SYMBOL_G_CLEF", #"["\uD834\uDd1e"]"#, ["\u{1D11E}"]),
    row("y_string_three-byte-utf-8", #"["\u0821"]"#, ["\u{821}"]),
    row("y_string_two-byte-utf-8", #"["\u0123"]"#, ["\u{123}"]),
    row("y_string_u+2028_line_sep", "[\"\u{2028}\"]", ["\u{2028}"]),
    row("y_string_u+2029_par_sep", "[\"\u{2029}\"]", ["\u{2029}"]),
    row("y_string_uEscape", #"["\u0061\u30af\u30EA\u30b9"]"#, ["aクリス"]),
    row("y_string_uescaped_newline", #"["new\u000Aline"]"#, ["new\nline"]),
    row("y_string_unescaped_char_delete", "[\"\u{7F}\"]", ["\u{7F}"]),
    row("y_string_unicode", #"["\uA66D"]"#, ["\u{A66D}"]),
    row("y_string_unicodeEscapedBackslash", #"["\u005C"]"#, ["\\"]),
    row("y_string_unicode_2", #"["⍂㈴⍂"]"#, ["⍂㈴⍂"]),
    row("y_string_unicode_U+10FFFE_nonchar", #"["\uDBFF\uDFFE"]"#, ["\u{10FFFE}"]),
    row("y_string_unicode_U+1FFFE_nonchar", #"["\uD83F\uDFFE"]"#, ["\u{1FFFE}"]),
    row("y_string_unicode_U+200B_ZERO_WIDTH_SPACE", #"["\u200B"]"#, ["\u{200B}"]),
    row("y_string_unicode_U+2064_invisible_plus", #"["\u2064"]"#, ["\u{2064}"]),
    row("y_string_unicode_U+FDD0_nonchar", #"["\uFDD0"]"#, [.string(String(Unicode.Scalar(0xFDD0)!))]),
    row("y_string_unicode_U+FFFE_nonchar", #"["\uFFFE"]"#, ["\u{FFFE}"]),
    row("y_string_unicode_escaped_double_quote", #"["\u0022"]"#, ["\""]),
    row("y_string_utf8", #"["€𝄞"]"#, ["€𝄞"]),
    row("y_string_with_del_character", "[\"a\u{7F}a\"]", ["a\u{7F}a"]),

    row("y_structure_lonely_false", "false", false),
    row("y_structure_lonely_int", "42", 42),
    row("y_structure_lonely_negative_real", "-0.1", -0.1),
    row("y_structure_lonely_null", "null", .null),
    row("y_structure_lonely_string", #""asd""#, "asd"),
    row("y_structure_lonely_true", "true", true),
    row("y_structure_string_empty", #""""#, ""),
    row("y_structure_trailing_newline", "[\"a\"]\n", ["a"]),
    row("y_structure_true_in_array", "[true]", [true]),
    row("y_structure_whitespace_array", " [] ", []),
    row("all four white spaces, everywhere", "\t{\r\n \"a\"\t:\r[ 1\n,\t2 ]\r}\n", ["a": [1, 2]]),

    // Up to the parser: these are read.
    row("i_structure_UTF-8_BOM_empty_object", [0xEF, 0xBB, 0xBF] + "{}", [:]),
    row("i_number_real_underflow", "[123e-10000000]", [0.0]),
    row("i_number_double_huge_neg_exp", "[123.456e-789]", [0.0]),
    row("i_number_too_big_pos_int", "[100000000000000000000]", [1e20]),
    row("i_number_too_big_neg_int", "[-123123123123123123123123123123]", [-1.2312312312312312e29]),
    row(
      "i_number_very_big_negative_int", "[-237462374673276894279832749832423479823246327846]", [-2.374623746732769e47]),
    row(
      "the greatest and the least Int64", "[9223372036854775807,-9223372036854775808]",
      [.integer(.max), .integer(.min)]),
    row(
      "one beyond each of them", "[9223372036854775808,-9223372036854775809]",
      [9223372036854775808.0, -9223372036854775808.0]),
  ]
}
