//! Uploads before their file is read: who may send one, how many at once, and how slowly.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use palts::graphql;
use palts::graphql::shares::Counted;
use palts::http::Settings;
use serde_json::json;

use super::raw::{Reply, finish, open, wait_until};
use crate::harness::plans::Revision;
use crate::harness::{App, Client, PASSWORD, Setup};
use crate::imports::{audit, collection, into, squares};

const ROUTES: [&str; 4] = [
    "/imports/sectors?department=13&revision=pending&authority=POLICE&kind=PORT&severity=1",
    "/imports/schools?department=13",
    "/imports/boundaries",
    "/imports/national-list?list=SENSITIVE_SCHOOLS&from=2010-01-01",
];

/// The head of an upload of 60 MB, and nothing of its body.
fn announce(app: &App, by: &Client, path: &str, bytes: usize) -> TcpStream {
    let (bearer, length) = (format!("Bearer {}", by.token().expect("signed in")), bytes.to_string());
    open(app, "POST", path, &[("authorization", &bearer), ("content-length", &length)])
}

/// An account without any grant.
fn powerless(app: &App) -> Client {
    let input = json!({ "username": "sans-droit", "displayName": "Sans droit", "password": PASSWORD });
    app.administrator().run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input })).data();
    app.bearing(&app.login("sans-droit", PASSWORD).text("/login/accessToken"))
}

fn reason(reply: &Reply) -> String {
    reply.json()["errors"][0]["extensions"]["reason"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn who_may_not_import_is_refused_before_a_byte_of_the_file_is_sent_and_audited() {
    let app = App::start();
    Revision::open(&app, "13", "2010-S1");
    let nobody = powerless(&app);
    for by in [&nobody, &app.auditor("13"), &app.prefecture("93"), &app.zone_prefect("SUD")] {
        for path in ROUTES {
            let reply = finish(announce(&app, by, path, 60_000_000));
            assert!(
                matches!((reply.status, reply.code().as_str()), (403, "FORBIDDEN") | (404, "NOT_FOUND")),
                "{path}: {}",
                reply.body
            );
        }
    }
    let local: Vec<String> =
        audit(&app, "13").into_iter().filter(|(_, outcome, _)| outcome != "DONE").map(|(act, ..)| act).collect();
    for act in ["importSectors", "importSchools"] {
        assert!(local.iter().any(|known| known == act), "{act} in {local:?}");
    }
    // Those who may are asked for the file: the same heads are not answered at once.
    let keeper = announce(&app, &app.prefecture("13"), ROUTES[0], 60_000_000);
    keeper.set_read_timeout(Some(Duration::from_millis(500))).expect("a timeout");
    assert!(keeper.peek(&mut [0]).is_err(), "it waits for the file");
    let unknown = finish(open(&app, "POST", ROUTES[1], &[("content-length", "60000000")]));
    assert_eq!((unknown.status, unknown.code().as_str()), (401, "UNAUTHENTICATED"));
}

#[test]
fn who_may_not_import_holds_no_place_and_one_account_not_all_of_them() {
    let http = Settings { uploads: 2, uploads_per_caller: 1, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let revision = Revision::open(&app, "13", "2010-S1");
    let path = into(&revision, "&authority=POLICE");
    let nobody = powerless(&app);
    let _idle: Vec<_> = (0..5).map(|_| announce(&app, &nobody, &path, 1_000)).collect();
    let by = app.prefecture("13");
    let held = announce(&app, &by, &path, 1_000);
    wait_until("it has its place", || app.edge.uploading() == 1);
    let file = collection(&squares("13", 1));
    let second = upload(&app, &by, &path, &file);
    assert_eq!((second.status, second.code().as_str(), reason(&second).as_str()), (429, "LIMIT", "CALLER_IMPORTS"));
    assert!(second.header("retry-after").is_some());
    let other = upload(&app, &app.police("13"), &path, &file);
    assert_ne!(other.code(), "LIMIT", "{}", other.body);
    drop(held);
}

#[test]
fn accounts_that_trickle_give_a_place_to_who_has_none() {
    let http = Settings { uploads: 2, upload_turn_s: 3, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let revision = Revision::open(&app, "13", "2010-S1");
    let (path, file) = (into(&revision, "&authority=POLICE&dryRun=true"), collection(&squares("13", 1)));
    let [one, other, third] =
        ["une", "deux", "trois"].map(|name| app.user(name, "PREFECTURE", json!({ "departmentCode": "13" })));
    // Both of one account, then one each of two whose turn is over.
    let mut idle = Vec::new();
    for places in 1..=2 {
        idle.push(announce(&app, &one, &path, 60_000_000));
        wait_until("it has its place", || app.edge.uploading() == places);
    }
    let taken = upload(&app, &other, &path, &file);
    assert_eq!(taken.status, 200, "{}", taken.body);
    let gave_way = finish(idle.pop().expect("the second"));
    assert_eq!((gave_way.status, reason(&gave_way).as_str()), (503, "UPLOAD_GAVE_WAY"), "{}", gave_way.body);
    assert_eq!(gave_way.header("retry-after"), Some("10"));
    idle.push(announce(&app, &other, &path, 60_000_000));
    wait_until("they have their places", || app.edge.uploading() == 2);
    std::thread::sleep(Duration::from_millis(3_100));
    let taken = upload(&app, &third, &path, &file);
    assert_eq!(taken.status, 200, "{}", taken.body);
    let gave_way = finish(idle.remove(0));
    assert_eq!((gave_way.status, reason(&gave_way).as_str()), (503, "UPLOAD_GAVE_WAY"), "{}", gave_way.body);
}

fn upload(app: &App, by: &Client, path: &str, file: &[u8]) -> Reply {
    let mut stream = announce(app, by, path, file.len());
    let _ = stream.write_all(file);
    finish(stream)
}

#[test]
fn an_upload_that_trickles_is_cut_and_one_that_moves_takes_its_time() {
    let http = Settings { min_body_bytes_per_s: 1_000, body_grace_ms: 1_000, uploads_per_caller: 1, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let revision = Revision::open(&app, "13", "2010-S1");
    let (by, path, file) = (app.prefecture("13"), into(&revision, "&authority=POLICE"), collection(&squares("13", 20)));
    let trickle = announce(&app, &by, &path, 60_000_000);
    for _ in 0..3 {
        // Who stands still after a beginning is cut as well.
        let _ = (&trickle).write_all(b"{");
        std::thread::sleep(Duration::from_millis(100));
    }
    let cut = finish(trickle);
    assert_eq!((cut.status, cut.code().as_str(), reason(&cut).as_str()), (408, "LIMIT", "BODY_TOO_SLOW"));
    // Its place is free again; and the next takes longer than the grace, in pieces.
    let mut steady = announce(&app, &by, &path, file.len());
    for piece in file.chunks(file.len().div_ceil(6)) {
        steady.write_all(piece).expect("it is still read");
        std::thread::sleep(Duration::from_millis(500));
    }
    let taken = finish(steady);
    assert_eq!(taken.status, 200, "{}", taken.body);
    assert_eq!(app.edge.files.held(), 0);
}

/// A place among those in which files are examined, held by somebody else.
fn examining(app: &App, account: i64) -> palts::http::examiners::Place {
    let until = std::time::Instant::now() + Duration::from_secs(5);
    let entered = actix_web::rt::System::new().block_on(app.edge.examiners.enter(Counted::Account(account), until));
    entered.unwrap_or_else(|_| panic!("a place"))
}

#[test]
fn who_examines_much_leaves_a_place_and_waiting_for_one_has_an_end() {
    let http = Settings { examination_wait_ms: 200, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let revision = Revision::open(&app, "13", "2010-S1");
    let (by, path, file) =
        (app.prefecture("13"), into(&revision, "&authority=POLICE&dryRun=true"), collection(&squares("13", 1)));
    // Accounts that there are not have all places but one: an upload finds it.
    let places = std::thread::available_parallelism().map_or(2, |count| i64::try_from(count.get()).expect("few")).max(2);
    let mut held: Vec<_> = (1..places).map(|at| examining(&app, -at)).collect();
    let taken = upload(&app, &by, &path, &file);
    assert_eq!(taken.status, 200, "{}", taken.body);
    held.push(examining(&app, -places));
    let refused = upload(&app, &by, &path, &file);
    assert_eq!((refused.status, refused.code().as_str(), reason(&refused).as_str()), (503, "LIMIT", "IMPORTS"));
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(app.edge.files.held(), 0, "its file is given up");
    held.pop();
    let taken = upload(&app, &by, &path, &file);
    assert_eq!(taken.status, 200, "{}", taken.body);
}

#[test]
fn what_an_import_takes_counts_as_its_callers_work_and_is_refused_before_the_file() {
    let limits = graphql::Settings { caller_work_ms_per_s: 1, caller_work_burst_ms: 2_000, ..graphql::Settings::default() };
    let app = App::with(Setup { limits, ..Setup::default() });
    let revision = Revision::open(&app, "13", "2010-S1");
    let (by, path) = (app.prefecture("13"), into(&revision, "&authority=POLICE&dryRun=true"));
    let file = collection(&squares("13", 400));
    let refused =
        (0..500).map(|_| upload(&app, &by, &path, &file)).find(|reply| reply.status != 200).expect("refused in the end");
    assert_eq!((refused.status, refused.code().as_str(), reason(&refused).as_str()), (429, "LIMIT", "CALLER_WORK"));
    let wait: u64 = refused.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("when to come again");
    assert!(wait >= 1, "{wait}");
    // It is told so while the file has not come.
    let early = finish(announce(&app, &by, &path, 60_000_000));
    assert_eq!((early.status, reason(&early).as_str()), (429, "CALLER_WORK"));
    // Another account is not concerned.
    let other = upload(&app, &app.police("13"), &path, &file);
    assert_ne!(other.code(), "LIMIT", "{}", other.body);
}

#[test]
fn an_examination_ends_with_its_time_and_nobody_is_told_to_come_again() {
    let http = Settings { examination_timeout_ms: 1, ..Settings::default() };
    let app = App::with(Setup { http, ..Setup::default() });
    let revision = Revision::open(&app, "13", "2010-S1");
    let cut = upload(&app, &app.prefecture("13"), &into(&revision, "&authority=POLICE"), &collection(&squares("13", 400)));
    assert_eq!((cut.status, cut.code(), reason(&cut).as_str()), (422, "LIMIT".to_owned(), "FILE_TOO_COMPLEX"), "{}", cut.body);
    assert_eq!(cut.json()["errors"][0]["extensions"]["parameters"]["seconds"], "0.001");
    assert!(cut.header("retry-after").is_none());
}
