import JSON
import Testing

@testable import Scenario

@Suite struct URLPasswordTests {
  @Test(
    "the password of a URL is what stands between the first colon and the last @ before the path",
    arguments: [
      ("http://me:s3cret@there", "http://me:***@there"),
      ("http://me:s3cret@there:80/a@b?c=d:e@f", "http://me:***@there:80/a@b?c=d:e@f"),
      ("http://me:a:b@c@there/", "http://me:***@there/"), ("http://:s3cret@there", "http://:***@there"),
      ("http://me:s3cret@[2001:db8::1]:80/a:b@c", "http://me:***@[2001:db8::1]:80/a:b@c"),
      ("http://me:a[b]c@[::1]", "http://me:***@[::1]"), ("http://me:p%40ss%2F@there", "http://me:***@there"),
      ("http://me:!$&'()*+,;=~ü|^{}\\`@there", "http://me:***@there"),
      ("\"http://me:!$&'()*+,;=~ü|^{}\\`@there\"", "\"http://me:***@there\""),
      (#"'http://me:a\'b"c@there'"#, "'http://me:***@there'"),
      ("http://me:${env.PASSWORD}@there", "http://me:***@there"),
      ("socks5h://me:s3cret@there:1 and http://you:0ther@here", "socks5h://me:***@there:1 and http://you:***@here"),
      ("http://a/?next=http://me:s3cret@there", "http://a/?next=http://me:***@there"),
      ("http://me:s3cret@there?mail=a:b@c", "http://me:***@there?mail=a:b@c"),
      ("http://me:s3cret@there#a:b@c", "http://me:***@there#a:b@c"),
    ])
  func passwords(text: String, shown: String) { #expect(URLPassword.masked(text) == shown) }

  @Test(
    "what is no password stays as it is",
    arguments: [
      "https://[2001:db8::1]/users/me@example.com", "http://[::1]:18251/users/me@example.com",
      "http://[fe80::1%25eth0]:80/a@b", "http://there:80/a@b", "http://there:x/a@b", "http://there:${port}/a@b",
      "http://there:80?mail=a@b", "http://there:80#a@b", "http://me@there", "http://me@there:80/", "http://me@[::1]:80",
      "http://me:@there", "http://there", "me:s3cret@there", "mailto:me@there", "://", "http://", "http://:@",
      "http://@:",
      "{a:'http://there:1',b:'me@there'}", #"{a:"see http://there:1",b:'me@there'}"#,
      #"{a:"{\"b\":\"http://there:1\",\"c\":\"me@there\"}"}"#, "<a>http://there:1<b>me@there",
      "http://there:1\nme@there",
      "http://there:1\tme@there", "// see 'http://there:1'me@there", "'http://there:1',b:\"me@there\"", "a://b:c://d",
    ])
  func others(text: String) { #expect(URLPassword.masked(text) == text) }
}
