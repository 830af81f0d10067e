//! The real program as a process of its own, serving.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use palts::store::DatabaseUrl;

use super::Client;

/// A server that is ended when the test ends, however it ends.
pub struct Server {
    /// The process.
    pub child: Child,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The same of its metrics.
    pub metrics: String,
}

/// The program, on a database of its own.
pub fn command(url: &DatabaseUrl, folder: &Path) -> Command {
    let url = match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
        DatabaseUrl::Postgres(url) => url.clone(),
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_palts"));
    command.current_dir(folder).env_remove("PALTS_CONFIG").env("PALTS_DATABASE_URL", url).env("PALTS_DEMONSTRATION", "true");
    command
}

impl Server {
    /// Starts it with those settings, its log going there, and waits until it serves.
    pub fn start(url: &DatabaseUrl, folder: &Path, settings: &[(&str, &str)], log: impl Into<Stdio>) -> Self {
        let (port, metrics) = (free_port(), free_port());
        let mut program = command(url, folder);
        program
            .arg("serve")
            .env("PALTS_HTTP__ADDRESS", format!("127.0.0.1:{port}"))
            .env("PALTS_HTTP__METRICS_ADDRESS", format!("127.0.0.1:{metrics}"))
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .stderr(log);
        let child = program.spawn().expect("the program runs");
        let mut server = Self { child, base: format!("http://127.0.0.1:{port}"), metrics: format!("http://127.0.0.1:{metrics}") };
        let end = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.child.try_wait().expect("known").is_none(), "the server ended before it served");
            assert!(Instant::now() < end, "the server does not serve");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// Nobody's client.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None, "")
    }

    /// Signs in.
    pub fn client(&self, name: &str, password: &str) -> Client {
        let login = "mutation($u: String!, $p: String!) { login(username: $u, password: $p) { accessToken } }";
        let answer = self.anonymous().run(login, serde_json::json!({ "u": name, "p": password }));
        Client::new(&self.base, Some(answer.text("/login/accessToken")), name)
    }

    /// A figure of its metrics.
    pub fn figure(&self, name: &str) -> f64 {
        let (_, text) = Client::new(&self.metrics, None, "").get("/metrics");
        let line =
            text.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_else(|| panic!("no {name} in {text}"));
        line.split(' ').nth(1).and_then(|figure| figure.parse().ok()).expect("a figure")
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("known").is_none()
    }

    /// Asks it to stop, and waits so long: how it ended, if it did.
    pub fn stop(&mut self, within: Duration) -> Option<ExitStatus> {
        let asked = Command::new("kill").arg("-TERM").arg(self.child.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
        let end = Instant::now() + within;
        loop {
            match self.child.try_wait().expect("known") {
                None if Instant::now() < end => std::thread::sleep(Duration::from_millis(20)),
                ended => return ended,
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free just now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
