//! The harness itself: the application answers, people sign in, and who is not signed in is told so.

use crate::harness::App;

#[test]
fn the_application_answers_and_says_who_is_signed_in() {
    let app = App::start();
    assert_eq!(app.anonymous().get("/healthz").0, 200);
    assert_eq!(app.anonymous().get("/readyz").0, 200);
    assert_eq!(app.anonymous().ask("{ departments { code } }").code(), "UNAUTHENTICATED");
    let answer = app.prefecture("13").ask("{ department(code: \"13\") { name } viewer { username } }");
    assert_eq!(answer.text("/department/name"), "Bouches-du-Rhône");
    assert_eq!(answer.text("/viewer/username"), "prefecture-13");
}
