//! Random publications of the nation of today, decided by the domain alone: how few cells they hide besides the small ones, and how long a
//! decision takes. What they give away is [`worlds`](super::worlds)'s.

use std::collections::BTreeSet;

use palts::domain::Deadline;
use palts::domain::publication::Place;
use palts::domain::territory::Territories;
use palts::domain::vocabulary::RollupAxis;

use super::worlds::{Above, CODES, PERIODS, QUARTERS, World};

/// The territories of today, and their departments.
fn nation() -> (Territories, Vec<Above>) {
    let territories = palts::exchange::reference::territories().expect("the reference is sound");
    let leak = |text: String| -> &'static str { text.leak() };
    let departments: Vec<Above> = territories
        .departments()
        .map(|one| (leak(one.code.to_string()), leak(one.region.to_string()), leak(one.zone.to_string())))
        .collect();
    (territories, departments)
}

/// Numbers that look drawn, the same at each run.
fn draws() -> impl FnMut() -> u32 {
    let mut seed = 2010_u64;
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(seed >> 40).expect("24 bits")
    }
}

/// Departments as unlike each other as those of today, and indicators from what is counted in thousands to what hardly ever happens.
#[test]
fn a_publication_of_the_nation_hides_few_cells_besides_the_small_ones() {
    let (territories, departments) = nation();
    let mut draw = draws();
    // From some tens to some thousands in a quarter.
    let sizes: Vec<u32> = departments.iter().map(|_| 30 << (draw() % 7)).collect();
    let rarity = [1, 2, 4, 8, 16, 32, 64];
    let mut values = Vec::new();
    for _ in QUARTERS {
        for size in &sizes {
            for number in 0..=CODES.len() {
                let usual = size / rarity[number % rarity.len()];
                values.push(usual / 2 + draw() % (usual + 1));
            }
        }
    }
    let mut world = World::of(territories, &departments, &CODES, &values, false);
    let place_of_nation = (RollupAxis::National, "FR".to_owned());
    for period in ["2010-Q1", "2010-Q2", "2010-S1"] {
        world.publish(period);
        let (mut all, mut small, mut by_sums, mut tied, mut hidden) = (0, 0, 0, 0, 0);
        for code in CODES {
            let (truth, decided) = (&world.truth[&(code, period)], &world.hidden[&(code, period)]);
            assert!(!decided.contains(&place_of_nation), "{code} {period}: the nation is hidden");
            let is_small = |place: &&Place| truth[*place].value.is_some_and(|value| (1.0..5.0).contains(&value));
            let own: BTreeSet<Place> = truth.keys().filter(is_small).cloned().collect();
            assert!(own.is_subset(decided), "{code} {period}");
            // A semester less a quarter that is shown is the other quarter.
            let of_one_quarter = |place: &&Place| {
                let is_hidden = |quarter| world.hidden.get(&(code, quarter)).is_some_and(|hidden| hidden.contains(*place));
                own.contains(*place) || (period == "2010-S1" && is_hidden(QUARTERS[0]) != is_hidden(QUARTERS[1]))
            };
            all += truth.len();
            small += own.len();
            by_sums += world.by_sums_alone(truth, &own);
            tied += truth.keys().filter(of_one_quarter).count();
            hidden += decided.len();
        }
        let figures = format!(
            "{period}: of {all} cells {small} are small and {tied} must be hidden for it or a quarter; sums over territories hide \
             {by_sums}, all that is known {hidden}"
        );
        eprintln!("{figures}");
        let fewest = if period == "2010-S1" { tied } else { by_sums };
        assert!(hidden * 10 <= fewest * 12, "{figures}");
        assert!(hidden * 5 <= all * 2, "{figures}");
    }
}

/// 101 departments and 20 indicators, of which most counts are small.
fn nation_of_small_counts() -> World {
    let (territories, departments) = nation();
    let mut draw = draws();
    let values: Vec<u32> = (0..20_011)
        .map(|_| match draw() % 10 {
            0..3 => 0,
            3..6 => draw() % 5,
            6..8 => draw() % 12,
            _ => draw() % 90,
        })
        .collect();
    World::of(territories, &departments, &CODES, &values, false)
}

/// The deadline is looked at inside of everything that can take long, the solver's own work included.
#[test]
fn a_decision_that_takes_too_long_is_given_up_in_time() {
    let mut world = nation_of_small_counts();
    for period in ["2010-Q1", "2010-Q3"] {
        world.publish(period);
    }
    for wait in [0, 20, 60] {
        let begun = std::time::Instant::now();
        let deadline = Deadline::at(begun + std::time::Duration::from_millis(wait));
        assert!(!world.can_decide("2010", deadline), "{wait} ms are enough");
        assert!(begun.elapsed().as_secs_f64() < 1.0 + wait as f64 / 1_000.0, "{wait} ms: it took {:?}", begun.elapsed());
    }
}

/// A year published in every way. The bound is generous: it holds unoptimised.
#[test]
fn a_year_of_the_nation_is_decided_within_bounds() {
    let mut world = nation_of_small_counts();
    for (period, _) in PERIODS {
        let begun = std::time::Instant::now();
        world.publish(period);
        let hidden: usize = world.codes.iter().map(|code| world.hidden[&(*code, period)].len()).sum();
        eprintln!("{period}: {hidden} hidden in {:?}", begun.elapsed());
        assert!(begun.elapsed().as_secs() < 300, "{period}");
    }
}
