//! Requests as they are on the wire: what the harness's clients never send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::App;

/// What came back, with its headers.
pub struct Reply {
    pub status: u16,
    head: String,
    pub body: String,
    /// Bytes of the body as it came.
    pub length: usize,
}

impl Reply {
    /// A header's value, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    /// The first error's code.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// The header of a body in JSON.
pub const JSON: (&str, &str) = ("content-type", "application/json");

/// An open connection.
pub fn connect(app: &App) -> TcpStream {
    let address = app.base().trim_start_matches("http://");
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

/// Sends a request with these headers and reads the whole answer.
pub fn send(app: &App, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut stream = connect(app);
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("the head is sent");
    // The server may answer, and hang up, before it has read a body that is too large.
    let _ = stream.write_all(body.as_bytes());
    read(stream)
}

/// Begins a request with these headers; its body is the caller's to send.
pub fn open(app: &App, method: &str, path: &str, headers: &[(&str, &str)]) -> TcpStream {
    let mut stream = connect(app);
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).expect("the head is sent");
    stream
}

/// Reads one answer whose length is told, of a connection that may stay.
pub fn finish(mut stream: TcpStream) -> Reply {
    let (mut bytes, mut piece) = (Vec::new(), [0; 16 << 10]);
    loop {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|end| end + 4);
        let whole = head.map(|head| {
            let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
            let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
            head + length.unwrap_or(0)
        });
        if whole.is_some_and(|whole| bytes.len() >= whole) {
            break;
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
    parse(&bytes)
}

/// Reads what comes until the server hangs up.
pub fn read(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let length = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |end| bytes.len() - end - 4);
    Reply { status, head: head.to_owned(), body: body.to_owned(), length }
}

/// Posts JSON to the GraphQL endpoint, accepting its own media type.
pub fn post(app: &App, body: &str) -> Reply {
    let headers = [("content-type", "application/json"), ("accept", "application/graphql-response+json")];
    send(app, "POST", "/graphql", &headers, body)
}

/// Waits, but not for ever.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < until, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
