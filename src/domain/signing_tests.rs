//! Tests of the rules of signing.

use super::*;

struct Scene {
    status: RevisionStatus,
    submitters: Vec<Username>,
    editors: Vec<Username>,
    coordinating: ParquetCode,
    signed: Vec<(Seat, Username)>,
}

fn name(text: &str) -> Username {
    text.parse().unwrap()
}

fn parquet(text: &str) -> Seat {
    Seat::Prosecutor(text.parse().unwrap())
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            status: RevisionStatus::Submitted,
            submitters: vec![name("clerk"), name("colleague-of-the-clerk")],
            editors: vec![name("editor")],
            coordinating: "MARSEILLE".parse().unwrap(),
            signed: Vec::new(),
        }
    }
}

impl Scene {
    fn try_with(&self, by: &str, seat: &Seat, change: impl Fn(&mut SignatureAsked<'_>)) -> Result<(), SigningRefused> {
        let by = name(by);
        let mut asked = SignatureAsked {
            by: &by,
            seat,
            capacity: SignatureCapacity::InPerson,
            act_reference: None,
            act_date: None,
            read_hash: "abc",
        };
        change(&mut asked);
        let revision = RevisionToSign {
            status: self.status,
            content_hash: "abc",
            submitters: &self.submitters,
            editors: &self.editors,
            coordinating: &self.coordinating,
            signed: &self.signed,
        };
        let result = may_sign(&asked, &revision, day("2010-04-15"));
        if result.is_ok() {
            assert!(could_sign(&by, seat, &revision, day("2010-04-15")));
        }
        result
    }

    fn sign(&self, by: &str, seat: &Seat) -> Result<(), SigningRefused> {
        self.try_with(by, seat, |_| {})
    }
}

#[test]
fn prefect_and_prosecutor_sign_in_either_order() {
    let mut scene = Scene::default();
    assert_eq!(scene.sign("prefect", &Seat::Prefect), Ok(()));
    assert_eq!(scene.sign("prosecutor", &parquet("MARSEILLE")), Ok(()));
    scene.signed.push((parquet("MARSEILLE"), name("prosecutor")));
    assert_eq!(scene.sign("prefect", &Seat::Prefect), Ok(()));
}

#[test]
fn one_person_cannot_sign_as_prefect_and_as_prosecutor() {
    let scene = Scene { signed: vec![(Seat::Prefect, name("both"))], ..Scene::default() };
    assert_eq!(scene.sign("both", &parquet("MARSEILLE")), Err(SigningRefused::SamePerson(SignatoryRole::Prefect)));
    assert_eq!(scene.sign("both", &parquet("TARASCON")), Err(SigningRefused::SamePerson(SignatoryRole::Prefect)));
    let scene = Scene { signed: vec![(parquet("TARASCON"), name("both"))], ..Scene::default() };
    assert_eq!(scene.sign("both", &Seat::Prefect), Err(SigningRefused::SamePerson(SignatoryRole::PublicProsecutor)));
}

#[test]
fn a_seat_signs_once() {
    let scene = Scene { signed: vec![(Seat::Prefect, name("prefect"))], ..Scene::default() };
    assert_eq!(scene.sign("deputy", &Seat::Prefect), Err(SigningRefused::AlreadySigned));
}

#[test]
fn a_visa_may_follow_both_signatures() {
    let scene = Scene {
        status: RevisionStatus::Signed,
        signed: vec![(Seat::Prefect, name("prefect")), (parquet("MARSEILLE"), name("prosecutor"))],
        ..Scene::default()
    };
    assert_eq!(scene.sign("colleague", &parquet("TARASCON")), Ok(()));
    assert_eq!(scene.sign("prosecutor", &parquet("AIX")), Ok(()));
    assert!(parquet("TARASCON").is_visa(&scene.coordinating));
    assert!(!parquet("MARSEILLE").is_visa(&scene.coordinating));
    assert!(!Seat::Prefect.is_visa(&scene.coordinating));
}

#[test]
fn editors_and_the_submitter_do_not_sign() {
    let scene = Scene::default();
    assert_eq!(scene.sign("editor", &Seat::Prefect), Err(SigningRefused::Editor));
    assert_eq!(scene.sign("clerk", &Seat::Prefect), Err(SigningRefused::Submitter));
    assert_eq!(scene.sign("colleague-of-the-clerk", &Seat::Prefect), Err(SigningRefused::Submitter));
    assert_eq!(scene.sign("editor", &parquet("TARASCON")), Err(SigningRefused::Editor));
}

#[test]
fn only_a_submitted_revision_is_signed() {
    for status in [RevisionStatus::Draft, RevisionStatus::Transmitted, RevisionStatus::Acknowledged, RevisionStatus::Returned] {
        let scene = Scene { status, ..Scene::default() };
        let refused = scene.sign("prefect", &Seat::Prefect).unwrap_err();
        assert_eq!(refused, SigningRefused::Step(StepRefused { step: RevisionStep::Sign, status }));
    }
}

#[test]
fn what_is_signed_is_what_was_read() {
    let refused = Scene::default().try_with("prefect", &Seat::Prefect, |asked| asked.read_hash = "old").unwrap_err();
    assert_eq!(refused, SigningRefused::OtherContent);
    assert_eq!(refused.field(), Some("contentHash"));
}

#[test]
fn an_act_is_given_unless_in_person() {
    let scene = Scene::default();
    let with = |capacity, reference: Option<&'static str>, date: Option<&str>| {
        let date = date.map(day);
        scene
            .try_with("prefect", &Seat::Prefect, |asked| {
                asked.capacity = capacity;
                asked.act_reference = reference;
                asked.act_date = date;
            })
            .map_err(|refused| refused.field())
    };
    assert_eq!(with(SignatureCapacity::InPerson, Some("arrêté 12"), None), Err(Some("actReference")));
    assert_eq!(with(SignatureCapacity::InPerson, None, Some("2010-01-01")), Err(Some("actDate")));
    for capacity in [SignatureCapacity::Delegation, SignatureCapacity::Suppleance, SignatureCapacity::Interim] {
        assert_eq!(with(capacity, Some("arrêté 12"), Some("2010-04-15")), Ok(()));
        assert_eq!(with(capacity, None, Some("2010-04-15")), Err(Some("actReference")));
        assert_eq!(with(capacity, Some("  "), Some("2010-04-15")), Err(Some("actReference")));
        assert_eq!(with(capacity, Some("arrêté 12"), None), Err(Some("actDate")));
        assert_eq!(with(capacity, Some("arrêté 12"), Some("2010-04-16")), Err(Some("actDate")));
    }
    let endless: &'static str = Box::leak("x".repeat(LONGEST_ACT_REFERENCE + 1).into_boxed_str());
    assert_eq!(with(SignatureCapacity::Interim, Some(endless), Some("2010-04-15")), Err(Some("actReference")));
}
