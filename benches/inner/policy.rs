//! Who may do what, and where: asked some times in every operation.

use criterion::Criterion;
use palts::access::{Access, Caller, Capability, Grant, Identity, Policy, Territory};
use palts::domain::vocabulary::Role;
use palts::exchange::reference;
use std::hint::black_box;

fn caller(grants: impl IntoIterator<Item = (Role, Territory)>) -> Caller {
    let since = chrono::NaiveDate::from_ymd_opt(2010, 2, 11).unwrap();
    let grants = grants.into_iter().map(|(role, territory)| Grant { role, territory, since, until: None }).collect();
    let username = "banc-de-mesure".parse().unwrap();
    Caller::Known(Identity::User {
        id: 1,
        username,
        display_name: String::new(),
        version: 1,
        grants,
        session: None,
        must_change_password: false,
    })
}

pub fn benches(criterion: &mut Criterion) {
    let (policy, territories) = (Policy::embedded().unwrap(), reference::territories().unwrap());
    let bouches = "13".parse().unwrap();
    let everywhere: Vec<_> =
        territories.departments().map(|one| (Role::Prefecture, Territory::Department(one.code.clone()))).collect();
    let callers = [
        ("préfecture", caller([(Role::Prefecture, Territory::Department("13".parse().unwrap()))])),
        ("zone", caller([(Role::ZonePrefect, Territory::Zone("SUD".parse().unwrap()))])),
        ("secretariat", caller([(Role::NationalSecretariat, Territory::Nation)])),
        ("101 grants", caller(everywhere)),
    ];
    let mut group = criterion.benchmark_group("policy");
    for (name, caller) in &callers {
        let access = Access::new(caller, &policy, &territories);
        group.bench_function(format!("scope, {name}"), |bencher| {
            bencher.iter(|| access.scope(black_box(Capability::ReadRollups)))
        });
        group.bench_function(format!("one department, {name}"), |bencher| {
            bencher.iter(|| access.require(black_box(Capability::RecordMeetings), &bouches));
        });
    }
    group.finish();
}
