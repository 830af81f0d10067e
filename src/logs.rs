//! Where log lines go: through a bounded queue to a thread that writes them, so that a disk that is full, a pipe that is closed and a reader who
//! stands still end and delay nothing else. Lines that could not be written are counted, and said once writing works again. Not for what is
//! logged, nor in which form.

use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::{Duration, Instant};

/// Lines that wait to be written, at most: the memory of a few megabytes.
const WAITING: usize = 8_192;
/// The longest line that is kept, in bytes; of a longer one the beginning.
const LONGEST: usize = 16_384;
/// How long the end of the process waits for the last lines.
const LAST: Duration = Duration::from_secs(1);

/// Lines that were not written, since the start.
static DROPPED: AtomicU64 = AtomicU64::new(0);
/// Where lines are put; none before [`start`].
static QUEUE: OnceLock<Queue> = OnceLock::new();

struct Queue {
    lines: SyncSender<Job>,
    is_json: bool,
}

enum Job {
    Line(Vec<u8>),
    /// Says when everything before it was written.
    Flush(Sender<()>),
}

/// Lines that were not written, since the start.
#[must_use]
pub fn dropped() -> u64 {
    DROPPED.load(Ordering::Relaxed)
}

/// Begins to write lines to `to`. Once for each process; a second time changes nothing.
///
/// # Errors
/// When the system gives no thread.
pub fn start(to: impl Write + Send + 'static, is_json: bool) -> io::Result<()> {
    let (lines, waiting) = sync_channel(WAITING);
    std::thread::Builder::new().name("log".to_owned()).spawn(move || write(to, &waiting, is_json))?;
    // Whoever began before goes on; the new thread ends with its sender.
    drop(QUEUE.set(Queue { lines, is_json }));
    Ok(())
}

/// Puts a line in the queue, or drops and counts it. Never waits, never fails.
fn put(line: Vec<u8>) {
    let is_put = QUEUE.get().is_some_and(|queue| match queue.lines.try_send(Job::Line(line)) {
        Ok(()) => true,
        Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
    });
    if !is_put {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Waits for the lines that are in the queue, but not for a reader who stands still.
pub fn flush() {
    let Some(queue) = QUEUE.get() else { return };
    let end = Instant::now() + LAST;
    let (done, written) = channel();
    let mut job = Job::Flush(done);
    while let Err(TrySendError::Full(back)) = queue.lines.try_send(job) {
        if Instant::now() >= end {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
        job = back;
    }
    let _ = written.recv_timeout(end.saturating_duration_since(Instant::now()));
}

/// A place to write one line to: what is written is one line when it is dropped. Writing never fails.
#[derive(Default)]
pub struct Line(Vec<u8>);

impl Line {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = LONGEST.saturating_sub(self.0.len()).min(bytes.len());
        self.0.extend_from_slice(&bytes[..room]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.0.is_empty() {
            return;
        }
        if self.0.last() != Some(&b'\n') {
            self.0.push(b'\n');
        }
        put(std::mem::take(&mut self.0));
    }
}

/// The thread that writes.
fn write(mut to: impl Write, waiting: &Receiver<Job>, is_json: bool) {
    let mut said = 0;
    let mut is_cut = false;
    loop {
        match waiting.recv() {
            Ok(Job::Line(line)) => {
                if line_to(&mut to, &line, &mut is_cut).is_err() {
                    DROPPED.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                let dropped = dropped();
                if dropped > said {
                    let note =
                        own_line(is_json, "WARN", "log lines could not be written", "dropped", &(dropped - said).to_string());
                    if line_to(&mut to, &note, &mut is_cut).is_ok() {
                        said = dropped;
                    }
                }
            }
            Ok(Job::Flush(done)) => {
                let _ = to.flush();
                let _ = done.send(());
            }
            Err(_) => return,
        }
    }
}

/// Writes a line; after one that was cut off it begins anew.
fn line_to(to: &mut impl Write, line: &[u8], is_cut: &mut bool) -> io::Result<()> {
    if *is_cut {
        to.write_all(b"\n")?;
        *is_cut = false;
    }
    let mut left = line;
    while !left.is_empty() {
        match to.write(left) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                left = left.get(written..).unwrap_or_default();
                *is_cut = !left.is_empty();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    to.flush()
}

/// A line of the log's own, in the form of the others, made without anything that could log or panic itself.
fn own_line(is_json: bool, level: &str, message: &str, name: &str, value: &str) -> Vec<u8> {
    let at = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.6fZ");
    let plain: String = value.chars().map(|c| if c.is_control() || matches!(c, '"' | '\\') { '?' } else { c }).collect();
    let text = if is_json {
        format!(
            "{{\"timestamp\":\"{at}\",\"level\":\"{level}\",\"message\":\"{message}\",\"{name}\":\"{plain}\",\"target\":\"palts::logs\"}}\n"
        )
    } else {
        format!("{at} {level:>5} palts::logs: {message} {name}={plain}\n")
    };
    text.into_bytes()
}

/// What is done of a panic: its place goes to the log, not its message, which may hold what a user sent. A panic hook that panics ends the
/// process, so that this one goes past everything that formats events.
pub fn note_panic(panic: &PanicHookInfo<'_>) {
    // A panic while this is under way would be one too many.
    static NOTING: AtomicBool = AtomicBool::new(false);
    let place = panic.location().map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column())).unwrap_or_default();
    if NOTING.swap(true, Ordering::Relaxed) {
        return;
    }
    let is_json = QUEUE.get().is_some_and(|queue| queue.is_json);
    put(own_line(is_json, "ERROR", "panic", "place", &place));
    NOTING.store(false, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Takes so many bytes, then nothing until it is mended.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(Vec<u8>, Option<usize>)>>);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            let room = disk.1.map_or(bytes.len(), |room| room.min(bytes.len()));
            if room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.0.extend_from_slice(&bytes[..room]);
            disk.1 = disk.1.map(|left| left - room);
            Ok(room)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_full_disk_did_not_take_is_counted_and_said_when_it_takes_again() {
        let disk = Disk::default();
        let (lines, waiting) = sync_channel(16);
        let to = disk.clone();
        let thread = std::thread::spawn(move || write(to, &waiting, false));
        let put = |line: &str| lines.send(Job::Line(format!("{line}\n").into_bytes())).unwrap();
        let settle = || {
            let (done, written) = channel();
            lines.send(Job::Flush(done)).unwrap();
            written.recv_timeout(Duration::from_secs(20)).unwrap();
        };
        put("one");
        settle();
        disk.0.lock().unwrap().1 = Some(2);
        let before = dropped();
        put("two");
        put("three");
        settle();
        assert!(dropped() >= before + 2);
        disk.0.lock().unwrap().1 = None;
        put("four");
        put("five");
        settle();
        drop(lines);
        thread.join().unwrap();
        let text = String::from_utf8(disk.0.lock().unwrap().0.clone()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["one", "tw", "four"], "{text}");
        assert!(lines[3].contains("log lines could not be written dropped="), "{text}");
        assert_eq!(lines[4..], ["five"], "said once: {text}");
    }

    #[test]
    fn a_line_is_bounded_and_ended_once() {
        let mut line = Line::new();
        line.write_all(&[b'a'; 3 * LONGEST]).unwrap();
        assert_eq!(line.0.len(), LONGEST);
        let json = own_line(true, "ERROR", "panic", "place", "a\"b\n");
        let read: serde_json::Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(read["place"], "a?b?");
    }
}
