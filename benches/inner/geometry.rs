//! Which of 3 000 sectors each of 60 000 points lies in: the tree is built once and asked point by point, as assigning schools or deeds to
//! sectors does. geo and rstar alone took 32 ms for it where these figures were first taken.

use criterion::{Criterion, Throughput};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use palts::geometry::AreaIndex;
use std::hint::black_box;

const COLUMNS: u32 = 60;
const ROWS: u32 = 50;
const POINTS: u32 = 60_000;

/// 3 000 shapes of 49 positions on a grid over the country, about half of which they cover.
fn areas() -> Vec<(u32, MultiPolygon<f64>)> {
    (0..COLUMNS * ROWS).map(|number| (number, area(number))).collect()
}

fn area(number: u32) -> MultiPolygon<f64> {
    let (column, row) = (f64::from(number % COLUMNS), f64::from(number / COLUMNS));
    let (lon, lat) = (-4.0 + 0.2 * (column + 0.5), 42.0 + 0.18 * (row + 0.5));
    let mut ring: Vec<Coord<f64>> = (0..48_u32)
        .map(|corner| {
            let angle = f64::from(corner) * std::f64::consts::TAU / 48.0;
            let far = 0.075 + 0.02 * (f64::from(corner) * 2.3 + f64::from(number)).sin();
            Coord { x: lon + far * angle.cos(), y: lat + far * 0.85 * angle.sin() }
        })
        .collect();
    ring.extend(ring.first().copied());
    MultiPolygon(vec![Polygon::new(LineString(ring), Vec::new())])
}

/// Points spread evenly, without a generator of chance: multiples of two irrational steps.
fn points() -> Vec<(f64, f64)> {
    let part = |number: u32, step: f64| (f64::from(number) * step).fract();
    (0..POINTS).map(|number| (-4.0 + 12.0 * part(number, 0.754_877_666), 42.0 + 9.0 * part(number, 0.569_840_290))).collect()
}

pub fn benches(criterion: &mut Criterion) {
    let (areas, points) = (areas(), points());
    let index = AreaIndex::new(areas.clone());
    let mut group = criterion.benchmark_group("geometry");
    group.sample_size(20);
    group.throughput(Throughput::Elements(u64::from(POINTS)));
    group.bench_function("60 000 points into 3 000 areas", |bencher| {
        bencher.iter(|| points.iter().map(|point| index.containing(black_box(*point)).len()).sum::<usize>());
    });
    group.bench_function("the index of 3 000 areas", |bencher| bencher.iter(|| AreaIndex::new(black_box(areas.clone())).len()));
    group.finish();
}
