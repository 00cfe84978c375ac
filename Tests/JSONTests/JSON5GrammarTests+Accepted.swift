@testable import JSON

private func row(_ text: String, _ value: JSONValue, isJSON: Bool = false) -> JSON5GrammarTests.Accepted {
  .init(text: text, value: value, isJSON: isJSON)
}

extension JSON5GrammarTests {
  static let accepted: [Accepted] = [
    // The example of section 1.
    row(
      """
      {
        // comments
        unquoted: 'and you can quote me on that',
        singleQuotes: 'I can use "double quotes" here',
        lineBreaks: "Look, Mom! \\
      No \\\\n's!",
        hexadecimal: 0xdecaf,
        leadingDecimalPoint: .8675309, andTrailing: 8675309.,
        positiveSign: +1,
        trailingComma: 'in objects', andIn: ['arrays',],
        "backwardsCompatible": "with JSON",
      }

      """,
      [
        "unquoted": "and you can quote me on that", "singleQuotes": "I can use \"double quotes\" here",
        "lineBreaks": "Look, Mom! No \\n's!", "hexadecimal": 912559, "leadingDecimalPoint": 0.8675309,
        "andTrailing": 8675309.0, "positiveSign": 1, "trailingComma": "in objects", "andIn": ["arrays"],
        "backwardsCompatible": "with JSON",
      ]),

    // Section 3: objects.
    row("{}", [:], isJSON: true),
    row("{ }", [:], isJSON: true),
    row("{a:1,}", ["a": 1]),
    row("{'a':1}", ["a": 1]),
    row("{\"a\":1}", ["a": 1], isJSON: true),
    row(
      "{while:true,null:null,true:1,Infinity:2,NaN:3,class:4}",
      ["while": true, "null": .null, "true": 1, "Infinity": 2, "NaN": 3, "class": 4]),
    row("{$_:1,_$:2,a\u{200C}\u{200D}:3,$:4,_:5}", ["$_": 1, "_$": 2, "a\u{200C}\u{200D}": 3, "$": 4, "_": 5]),
    row("{hello:1, goodbye : 2 , a1:3}", ["hello": 1, "goodbye": 2, "a1": 3]),
    row("{ümlåût:'that'}", ["ümlåût": "that"]),
    row("{sig\\u03A3ma:1, \\u0061\\u0062:2, \\u0024:3}", ["sigΣma": 1, "ab": 2, "$": 3]),
    row(
      "{ùńîċõďë:9, 한글:1, ℵ:2, ⅷ:3, 𝒳:4, a\u{301}:5, a٣:6, a‿b:7}",
      ["ùńîċõďë": 9, "한글": 1, "ℵ": 2, "ⅷ": 3, "𝒳": 4, "a\u{301}": 5, "a٣": 6, "a‿b": 7]),
    row("{a:{b:{c:{},},},}", ["a": ["b": ["c": [:]]]]),
    row("{'':1}", ["": 1]),
    row("{__proto__:1,'a\\\nb':2}", ["__proto__": 1, "ab": 2]),

    // Section 4: arrays.
    row("[]", [], isJSON: true),
    row("[1,]", [1]),
    row("[true,false,null]", [true, false, .null], isJSON: true),
    row("[[],[1,],]", [[], [1]]),

    // Section 5: strings.
    row("'abc'", "abc"),
    row("\"abc\"", "abc", isJSON: true),
    row("'a\"b'", "a\"b"),
    row("\"a'b\"", "a'b", isJSON: true),
    row(#"['\'','\"',"\'"]"#, ["'", "\"", "'"]),
    row(#"'\b\f\n\r\t\v\0\\\/'"#, "\u{8}\u{C}\n\r\t\u{B}\0\\/"),
    row(#"'\0a'"#, "\0a"),
    row(#"'\x41\xe9\xFF\x0f'"#, "Aéÿ\u{F}"),
    row(#"'\u0041\u01fF\uFFFE'"#, "Aǿ\u{FFFE}"),
    row(#"'\uD83D\uDE00\ud834\udd1e'"#, "😀𝄞"),
    row(#"'\A\C\/\D\C\a\q\$\한\😀'"#, "AC/DCaq$한😀"),
    row("'a\\\nb'", "ab"),
    row("'a\\\r\nb'", "ab"),
    row("'a\\\rb'", "ab"),
    row("'a\\\n\\\nb'", "ab"),
    row("'a\\\u{2028}b\\\u{2029}c'", "abc"),
    row("'\t\u{B}\u{1}\u{7F}'", "\t\u{B}\u{1}\u{7F}"),
    row("'/* no */ // comment'", "/* no */ // comment"),
    row("'한국어 €𝄞'", "한국어 €𝄞"),
    row("''", ""),

    // Section 6: numbers.
    row("[0,0.,0e0]", [0, 0.0, 0.0]),
    row("[1,23,456,7890]", [1, 23, 456, 7890], isJSON: true),
    row("[-1,-2,-.1,-0]", [-1, -2, -0.1, -0.0]),
    row("[+1,+.5,+5.,+0,+0.0]", [1, 0.5, 5.0, 0, 0.0]),
    row("[.5,.23,.0,-.0,+.0]", [0.5, 0.23, 0.0, -0.0, 0.0]),
    row("[5.,-5.,0.,-0.]", [5.0, -5.0, 0.0, -0.0]),
    row(
      "[5.e4,.5e4,5.5e-4,1.2e3,2e23,2e-23,1E+2,5e0,5e+0,5e-0]",
      [5e4, 0.5e4, 5.5e-4, 1.2e3, 2e23, 2e-23, 1e2, 5.0, 5.0, 5.0]),
    row("[0x1,0x10,0xff,0xFF,0XC8,0xc8,0xdecaf,0x00]", [1, 16, 255, 255, 200, 200, 0xdecaf, 0]),
    row("0xc8e4", 0xc8e4),
    row("[-0xC8,+0xC8,-0x0]", [-200, 200, -0.0]),
    row("[0x7FFFFFFFFFFFFFFF,-0x8000000000000000]", [.integer(.max), .integer(.min)]),
    row(
      "[0x8000000000000000,-0x8000000000000001,0xFFFFFFFFFFFFFFFF]",
      [9223372036854775808.0, -9223372036854775808.0, 18446744073709551616.0]),
    row(
      "[0x20000000000001,0x80000000000004000000,0x80000000000004000001,0x8000000000000C000000]",
      [9007199254740993, 0x1p79, 0x1.0000000000001p79, 0x1.0000000000002p79]),
    row("[Infinity,+Infinity,-Infinity]", [.number(.infinity), .number(.infinity), .number(-.infinity)]),
    row("[NaN,+NaN,-NaN]", [.number(.nan), .number(.nan), .number(.nan)]),
    row(
      "[9223372036854775808,1e308,4.9e-324,1e-400]",
      [9223372036854775808.0, 1e308, .number(.leastNonzeroMagnitude), 0.0], isJSON: true),

    // Section 7: comments.
    row("null// to the end", .null),
    row("//\nnull", .null),
    row("null/**/", .null),
    row("/* a * / ** // 'x */null", .null),
    row("/***/null/****/", .null),
    row("[ // one\n1/*,2*/,// three\r3]", [1, 3]),
    row("{/*k*/a/*c*/:/*v*/1/*e*/,/*t*/}", ["a": 1]),
    row("// lf\n// crlf\r\n// cr\r// ls\u{2028}// ps\u{2029}1//", 1),
    row("/* \n\r\n \u{2028} ü 한 */1", 1),
    row("[1/**//**/]//", [1]),

    // Section 8: white space.
    row("\u{9}\u{A}\u{B}\u{C}\u{D}\u{20}\u{A0}\u{2028}\u{2029}\u{FEFF}\u{1680}\u{2003}\u{3000}[1]", [1]),
    row("{\u{C}a\u{A0}:\u{B}1\u{FEFF}}", ["a": 1]),
  ]
}
