//! Writers beside administrators: what changes others' rights delays nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::App;

#[test]
fn an_administrator_who_creates_accounts_makes_no_meeting_fail() {
    let app = App::start();
    let recorders: Vec<_> = ["13", "75", "93"].into_iter().map(|department| (department, app.prefecture(department))).collect();
    let administrator = app.administrator();
    let is_over = Arc::new(AtomicBool::new(false));
    let over = Arc::clone(&is_over);
    let administration = std::thread::spawn(move || {
        let mut made = 0;
        while !over.load(Ordering::SeqCst) {
            let input =
                json!({ "username": format!("compte-{made}"), "displayName": "Compte", "password": "un long mot de passe" });
            administrator.run("mutation($i: CreateUserInput!) { createUser(input: $i) { id } }", json!({ "i": input })).data();
            made += 1;
        }
        made
    });
    let recording: Vec<_> = recorders
        .into_iter()
        .map(|(department, by)| {
            std::thread::spawn(move || {
                for day in 1..=9 {
                    let input = json!({
                        "departmentCode": department, "heldOn": format!("2010-03-0{day}"), "attendance": ["POLICE"], "measures": [],
                    });
                    by.run("mutation($i: RecordMeetingInput!) { recordMeeting(input: $i) { id } }", json!({ "i": input })).data();
                }
            })
        })
        .collect();
    let recorded: Vec<_> = recording.into_iter().map(std::thread::JoinHandle::join).collect();
    is_over.store(true, Ordering::SeqCst);
    assert!(administration.join().expect("every account was made") > 0);
    assert!(recorded.iter().all(Result::is_ok), "every meeting was recorded");
}
