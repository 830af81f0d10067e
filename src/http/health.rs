//! Health: whether the process lives, and whether it can serve. Says no more than that to whoever asks; why is in the log.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use tokio::sync::watch;

use super::App;
use crate::workflow::operation::{self, Readiness as State};

/// An answer holds so long: however many ask, the database is asked once.
const HOLDS: Duration = Duration::from_secs(1);
/// So long one waits for the database; what has not answered by then is not ready.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// After so long without an answer another thread asks.
const LOST: Duration = Duration::from_secs(8);
/// Threads that ask a silent database, at most.
const MOST_ASKING: usize = 4;

/// What was found last, and who is asking.
#[derive(Default)]
pub struct Readiness {
    last: Mutex<Option<Question>>,
    asking: Arc<AtomicUsize>,
}

/// A question to the database: asked by one thread, waited for by many.
struct Question {
    asked: Instant,
    answer: watch::Receiver<Option<State>>,
}

/// `GET /healthz`: the process answers.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body("ok\n")
}

/// `GET /readyz`: the database answers and takes writes, its migrations are this program's, and the server is not about to stop. With `?reads`
/// a database that takes no writes is ready too.
pub async fn ready(request: HttpRequest, app: Data<App>) -> HttpResponse {
    let reads = request.query_string().split('&').any(|part| part == "reads");
    let state = if app.is_closing() { State::Nothing } else { state(&app).await };
    let (mut response, text) = match (state, reads) {
        (State::Everything, _) | (State::Reads, true) => (HttpResponse::Ok(), "ready\n"),
        (State::Reads, false) => (HttpResponse::ServiceUnavailable(), "not ready: no writes\n"),
        (State::Nothing, _) => (HttpResponse::ServiceUnavailable(), "not ready\n"),
    };
    response.insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body(text)
}

async fn state(app: &App) -> State {
    let until = Instant::now() + PATIENCE;
    let mut answer = app.readiness.ask(app);
    let answered = tokio::time::timeout_at(until.into(), answer.wait_for(Option::is_some)).await;
    match answered {
        Ok(Ok(state)) => (*state).unwrap_or(State::Nothing),
        // Nobody answered in time, or nobody is asking.
        Ok(Err(_)) | Err(_) => State::Nothing,
    }
}

impl Readiness {
    /// The question that is being asked, or was answered just now; else a new one.
    fn ask(&self, app: &App) -> watch::Receiver<Option<State>> {
        let mut last = self.last();
        if let Some(question) = &*last {
            let holds = if question.answer.borrow().is_some() { HOLDS } else { LOST };
            if question.asked.elapsed() < holds {
                return question.answer.clone();
            }
        }
        let (answers, answer) = watch::channel(None);
        *last = Some(Question { asked: Instant::now(), answer: answer.clone() });
        drop(last);
        let (office, asking) = (Arc::clone(&app.office), Arc::clone(&self.asking));
        if asking.fetch_add(1, Ordering::Relaxed) >= MOST_ASKING {
            asking.fetch_sub(1, Ordering::Relaxed);
            return answer;
        }
        let mine = Arc::clone(&asking);
        // No thread of the server's: one that waits for a silent database would keep it from stopping.
        let thread = std::thread::Builder::new().name("readiness".to_owned()).spawn(move || {
            let state = operation::ready(&office);
            // The connection is closed by now, and what else was held goes before the answer.
            drop(office);
            mine.fetch_sub(1, Ordering::Relaxed);
            let _ = answers.send(Some(state));
        });
        if let Err(error) = thread {
            asking.fetch_sub(1, Ordering::Relaxed);
            tracing::error!(%error, "not ready");
        }
        answer
    }

    fn last(&self) -> MutexGuard<'_, Option<Question>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
