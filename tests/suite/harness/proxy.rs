//! A way to the test PostgreSQL that can fall silent, be cut, refuse, or lose an answer.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use palts::store::DatabaseUrl;

const FORWARDS: u8 = 0;
/// Nothing goes either way, on connections of now and of later.
const SILENT: u8 = 1;
/// How long a thread waits before it looks again.
const PAUSE: Duration = Duration::from_millis(5);

/// Where the server is.
#[derive(Clone)]
enum Server {
    Socket(PathBuf),
    Port(String),
}

/// Forwards connections until it is told otherwise.
pub struct Proxy {
    address: SocketAddr,
    url: String,
    shared: Arc<Shared>,
    listener: Mutex<Option<std::thread::JoinHandle<()>>>,
    server: Server,
}

#[derive(Default)]
struct Shared {
    mode: AtomicU8,
    /// Connections of before are silent, whatever comes.
    era: AtomicU8,
    is_closed: AtomicBool,
    loses_commit: AtomicBool,
}

impl Proxy {
    /// A proxy to where that URL leads.
    pub fn to(url: &DatabaseUrl) -> Self {
        let DatabaseUrl::Postgres(url) = url else { panic!("for tests on PostgreSQL") };
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (user, rest) = rest.split_once('@').expect("a user");
        let (host, name) = rest.split_once('/').expect("a database");
        let server = if host.starts_with("%2F") {
            Server::Socket(PathBuf::from(host.replace("%2F", "/")).join(".s.PGSQL.5432"))
        } else {
            Server::Port(host.to_owned())
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = format!("{scheme}://{user}@{address}/{name}");
        let proxy = Self { address, url, shared: Arc::default(), listener: Mutex::default(), server };
        proxy.listen(listener);
        proxy
    }

    /// The database by way of it.
    pub fn url(&self) -> DatabaseUrl {
        DatabaseUrl::Postgres(self.url.clone())
    }

    /// From now on nothing goes through, and nobody is told.
    pub fn fall_silent(&self) {
        self.shared.mode.store(SILENT, Ordering::SeqCst);
    }

    /// Everything goes through again.
    pub fn speak(&self) {
        self.shared.mode.store(FORWARDS, Ordering::SeqCst);
    }

    /// Connections of before are silent for ever; new ones are not.
    pub fn forget(&self) {
        self.shared.era.fetch_add(1, Ordering::SeqCst);
    }

    /// The next COMMIT is done, and its answer never comes: the connection breaks.
    pub fn lose_next_commit(&self) {
        self.shared.loses_commit.store(true, Ordering::SeqCst);
    }

    /// Cuts all connections, and refuses new ones.
    pub fn refuse(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        if let Some(thread) = self.listener.lock().expect("sound").take() {
            thread.join().expect("it ends");
        }
    }

    /// Takes connections again.
    pub fn accept(&self) {
        self.shared.is_closed.store(false, Ordering::SeqCst);
        self.listen(TcpListener::bind(self.address).expect("the same port"));
    }

    fn listen(&self, listener: TcpListener) {
        listener.set_nonblocking(true).expect("it can be");
        let (shared, server) = (Arc::clone(&self.shared), self.server.clone());
        let thread = std::thread::spawn(move || {
            while !shared.is_closed.load(Ordering::SeqCst) {
                if shared.mode.load(Ordering::SeqCst) == FORWARDS
                    && let Ok((client, _)) = listener.accept()
                {
                    client.set_nonblocking(false).expect("it can be");
                    client.set_nodelay(true).expect("it can be");
                    match &server {
                        Server::Socket(path) => connect(client, UnixStream::connect(path).expect("the server"), &shared),
                        Server::Port(host) => connect(client, TcpStream::connect(host).expect("the server"), &shared),
                    }
                } else {
                    std::thread::sleep(PAUSE);
                }
            }
        });
        *self.listener.lock().expect("sound") = Some(thread);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.refuse();
    }
}

/// A stream of either kind.
trait Stream: Read + Write + Send + Sized + 'static {
    fn twin(&self) -> Self;
    fn limit(&self);
    fn end(&self);
}

impl Stream for TcpStream {
    fn twin(&self) -> Self {
        self.try_clone().expect("it can be")
    }
    fn limit(&self) {
        self.set_read_timeout(Some(PAUSE)).expect("it can be");
    }
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Stream for UnixStream {
    fn twin(&self) -> Self {
        self.try_clone().expect("it can be")
    }
    fn limit(&self) {
        self.set_read_timeout(Some(PAUSE)).expect("it can be");
    }
    fn end(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

fn connect<S: Stream>(client: TcpStream, server: S, shared: &Arc<Shared>) {
    // Whether answers are thrown away, and whether one was.
    let (is_deaf, has_lost) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let era = shared.era.load(Ordering::SeqCst);
    let (client2, server2) = (client.twin(), server.twin());
    let (shared2, is_deaf2, has_lost2) = (Arc::clone(shared), Arc::clone(&is_deaf), Arc::clone(&has_lost));
    let shared = Arc::clone(shared);
    std::thread::spawn(move || {
        forward(client, server, &shared, era, |bytes, server| {
            let commits = bytes.windows(7).any(|window| window == b"COMMIT\0");
            if commits && shared.loses_commit.swap(false, Ordering::SeqCst) {
                is_deaf.store(true, Ordering::SeqCst);
                server.write_all(bytes).expect("sent");
                while !has_lost.load(Ordering::SeqCst) {
                    std::thread::sleep(PAUSE);
                }
                return false;
            }
            server.write_all(bytes).is_ok()
        });
    });
    std::thread::spawn(move || {
        forward(server2, client2, &shared2, era, |bytes, client| {
            if is_deaf2.load(Ordering::SeqCst) {
                has_lost2.store(true, Ordering::SeqCst);
                return true;
            }
            client.write_all(bytes).is_ok()
        });
    });
}

/// Forwards what comes, until either end is gone or `pass` says so.
fn forward<A: Stream, B: Stream>(mut from: A, mut to: B, shared: &Shared, era: u8, mut pass: impl FnMut(&[u8], &mut B) -> bool) {
    from.limit();
    let mut buffer = [0; 16_384];
    let is_closed = || shared.is_closed.load(Ordering::SeqCst);
    let is_silent = || shared.mode.load(Ordering::SeqCst) == SILENT || shared.era.load(Ordering::SeqCst) != era;
    while !is_closed() {
        if is_silent() {
            std::thread::sleep(PAUSE);
            continue;
        }
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                // It may have fallen silent while this was waited for.
                while is_silent() && !is_closed() {
                    std::thread::sleep(PAUSE);
                }
                if is_closed() || !pass(&buffer[..count], &mut to) {
                    break;
                }
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break,
        }
    }
    from.end();
    to.end();
}
