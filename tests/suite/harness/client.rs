//! A user's client: sends GraphQL over HTTP and reads the answer.

use serde_json::{Value, json};

/// Speaks to one application as one user, or as nobody.
#[derive(Clone)]
pub struct Client {
    base: String,
    token: Option<String>,
    /// The account, empty for nobody.
    pub username: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Value,
}

impl Client {
    pub fn new(base: &str, token: Option<String>, username: &str) -> Self {
        Self { base: base.to_owned(), token, username: username.to_owned() }
    }

    /// The bearer token.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Sends an operation with variables.
    pub fn run(&self, query: &str, variables: Value) -> Answer {
        let (status, body) = self.post_json("/graphql", &json!({ "query": query, "variables": variables }));
        Answer { status, body: serde_json::from_str(&body).unwrap_or(Value::String(body)) }
    }

    /// Sends an operation with variables under an idempotency key.
    pub fn run_under(&self, key: &str, query: &str, variables: Value) -> Answer {
        let mut request = agent().post(format!("{}/graphql", self.base)).header("content-type", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let (status, body) = read(request.header("idempotency-key", key).send(body.as_bytes()));
        Answer { status, body: serde_json::from_str(&body).unwrap_or(Value::String(body)) }
    }

    /// Sends an operation without variables.
    pub fn ask(&self, query: &str) -> Answer {
        self.run(query, json!({}))
    }

    /// Posts JSON anywhere; answers status and body.
    pub fn post_json(&self, path: &str, body: &Value) -> (u16, String) {
        self.post(path, "application/json", body.to_string().as_bytes())
    }

    /// Posts bytes anywhere; answers status and body.
    pub fn post(&self, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
        let mut request = agent().post(format!("{}{path}", self.base)).header("content-type", content_type);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        read(request.send(body))
    }

    /// Gets anything; answers status and body.
    pub fn get(&self, path: &str) -> (u16, String) {
        let mut request = agent().get(format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        read(request.call())
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, String) {
    let mut answer = answer.expect("the server answers");
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("a text");
    (status, body)
}

impl Answer {
    /// The data; fails the test when there are errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.body.get("errors").is_none(), "unexpected errors: {}", self.body["errors"]);
        &self.body["data"]
    }

    /// A place in the data, as a JSON pointer below `data`; fails the test when there are errors or no such place.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        self.data().pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer} in {}", self.body))
    }

    /// The same as an owned text.
    #[track_caller]
    pub fn text(&self, pointer: &str) -> String {
        self.at(pointer).as_str().unwrap_or_else(|| panic!("no text at {pointer} in {}", self.body)).to_owned()
    }

    /// The first error.
    #[track_caller]
    pub fn error(&self) -> &Value {
        self.body.pointer("/errors/0").unwrap_or_else(|| panic!("an error was expected in {}", self.body))
    }

    /// The first error's code.
    #[track_caller]
    pub fn code(&self) -> &str {
        self.error()["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code in {}", self.body))
    }

    /// The first error's field.
    #[track_caller]
    pub fn field(&self) -> &str {
        self.error()["extensions"]["field"].as_str().unwrap_or_else(|| panic!("no field in {}", self.body))
    }

    /// The first error's message.
    #[track_caller]
    pub fn message(&self) -> &str {
        self.error()["message"].as_str().unwrap_or_default()
    }
}
