//! Diesel's view of the tables, one for both databases. The migrations are the truth; a test compares the two.
//! Not for rules or queries.
#![allow(missing_docs)]

diesel::table! {
    regions (code) {
        code -> Text,
        name -> Text,
    }
}

diesel::table! {
    defence_zones (code) {
        code -> Text,
        name -> Text,
        seat -> Text,
    }
}

diesel::table! {
    parquets (code) {
        code -> Text,
        name -> Text,
        court_of_appeal -> Text,
    }
}

diesel::table! {
    departments (code) {
        code -> Text,
        name -> Text,
        region_code -> Text,
        zone_code -> Text,
        department_since -> Nullable<Date>,
        prefecture_town -> Text,
        prefecture_lon -> Double,
        prefecture_lat -> Double,
        west -> Double,
        south -> Double,
        east -> Double,
        north -> Double,
        coordinating_parquet_code -> Text,
    }
}

diesel::table! {
    department_parquets (department_code, parquet_code) {
        department_code -> Text,
        parquet_code -> Text,
    }
}

diesel::table! {
    boundaries (department_code, tolerance) {
        department_code -> Text,
        tolerance -> Integer,
        geometry -> Text,
        digest -> Text,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        display_name -> Text,
        password_hash -> Text,
        disabled -> Bool,
        demonstration -> Bool,
        token_version -> Integer,
        created_at -> Timestamp,
        must_change_password -> Bool,
        unlocked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    grants (id) {
        id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        department_code -> Nullable<Text>,
        zone_code -> Nullable<Text>,
        parquet_code -> Nullable<Text>,
        since -> Date,
        until -> Nullable<Date>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    refresh_tokens (id) {
        id -> BigInt,
        family -> Text,
        user_id -> BigInt,
        token_hash -> Text,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        salt -> Text,
        used_from -> Text,
    }
}

diesel::table! {
    /// Sessions, from login to their end.
    sessions (id) {
        id -> BigInt,
        family -> Text,
        user_id -> BigInt,
        place -> Text,
        opened_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> BigInt,
        label -> Text,
        role -> Text,
        jti -> Text,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        issued_by -> Text,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    chains (chain) {
        chain -> Text,
        seq -> BigInt,
        hash -> Text,
        epoch -> BigInt,
    }
}

diesel::table! {
    audit_entries (chain, seq) {
        chain -> Text,
        seq -> BigInt,
        category -> Text,
        department_code -> Nullable<Text>,
        at -> Timestamp,
        actor -> Text,
        act -> Text,
        subject -> Text,
        outcome -> Text,
        detail -> Text,
        hash -> Text,
    }
}

diesel::table! {
    plans (department_code) {
        department_code -> Text,
        current_number -> Nullable<Integer>,
        pending_number -> Nullable<Integer>,
        last_number -> Integer,
    }
}

diesel::table! {
    revisions (department_code, number) {
        department_code -> Text,
        number -> Integer,
        semester -> Integer,
        status -> Text,
        version -> Integer,
        diagnosis -> Text,
        uncovered_schools_reason -> Text,
        due_on -> Date,
        opened_at -> Timestamp,
        opened_by -> Text,
        copied_from -> Nullable<Integer>,
        transmitted_at -> Nullable<Timestamp>,
        content_hash -> Nullable<Text>,
    }
}

diesel::table! {
    contributions (department_code, number, service) {
        department_code -> Text,
        number -> Integer,
        service -> Text,
        text -> Text,
        dated_on -> Date,
        contributed_by -> Text,
    }
}

diesel::table! {
    sectors (department_code, number, code) {
        department_code -> Text,
        number -> Integer,
        code -> Text,
        name -> Text,
        kind -> Text,
        authority -> Text,
        parquet_code -> Nullable<Text>,
        commune_codes -> Text,
        priority_neighbourhood_code -> Nullable<Text>,
        severity -> Integer,
        rank -> Integer,
        description -> Text,
        area_km2 -> Double,
        centroid_lon -> Double,
        centroid_lat -> Double,
        west -> Double,
        south -> Double,
        east -> Double,
        north -> Double,
    }
}

diesel::table! {
    sector_outlines (department_code, number, code, tolerance) {
        department_code -> Text,
        number -> Integer,
        code -> Text,
        tolerance -> Integer,
        geometry -> Text,
    }
}

diesel::table! {
    objectives (department_code, number, code) {
        department_code -> Text,
        number -> Integer,
        code -> Text,
        rank -> Integer,
        axis -> Text,
        title -> Text,
        description -> Text,
        lead_service -> Text,
        partner_services -> Text,
        department_wide -> Bool,
        modes_of_action -> Text,
        due_on -> Nullable<Date>,
    }
}

diesel::table! {
    objective_sectors (department_code, number, objective_code, sector_code) {
        department_code -> Text,
        number -> Integer,
        objective_code -> Text,
        sector_code -> Text,
    }
}

diesel::table! {
    objective_schools (department_code, number, objective_code, uai) {
        department_code -> Text,
        number -> Integer,
        objective_code -> Text,
        uai -> Text,
    }
}

diesel::table! {
    objective_targets (department_code, number, objective_code, indicator_code) {
        department_code -> Text,
        number -> Integer,
        objective_code -> Text,
        indicator_code -> Text,
        baseline -> Nullable<BigInt>,
        target -> BigInt,
    }
}

diesel::table! {
    signatures (department_code, number, role, parquet_code) {
        department_code -> Text,
        number -> Integer,
        role -> Text,
        parquet_code -> Text,
        visa -> Bool,
        signed_by -> Text,
        capacity -> Text,
        act_reference -> Nullable<Text>,
        act_date -> Nullable<Date>,
        content_hash -> Text,
        signed_at -> Timestamp,
    }
}

diesel::table! {
    remarks (department_code, number, position) {
        department_code -> Text,
        number -> Integer,
        position -> Integer,
        text -> Text,
        subject_kind -> Nullable<Text>,
        subject_code -> Nullable<Text>,
        reply -> Nullable<Text>,
    }
}

diesel::table! {
    revision_steps (department_code, number, position) {
        department_code -> Text,
        number -> Integer,
        position -> Integer,
        step -> Text,
        at -> Timestamp,
        taken_by -> Text,
    }
}

diesel::table! {
    revision_editors (department_code, number, username) {
        department_code -> Text,
        number -> Integer,
        username -> Text,
    }
}

diesel::table! {
    schools (department_code, uai) {
        department_code -> Text,
        uai -> Text,
        name -> Text,
        kind -> Text,
        lon -> Double,
        lat -> Double,
    }
}

diesel::table! {
    sector_schools (department_code, number, sector_code, uai) {
        department_code -> Text,
        number -> Integer,
        sector_code -> Text,
        uai -> Text,
        distance_m -> Double,
    }
}

diesel::table! {
    national_list_entries (id) {
        id -> BigInt,
        list -> Text,
        department_code -> Text,
        sector_code -> Nullable<Text>,
        uai -> Nullable<Text>,
        since -> Date,
        until -> Nullable<Date>,
    }
}

diesel::table! {
    retired_sectors (department_code, sector_code, fortnight) {
        department_code -> Text,
        sector_code -> Text,
        fortnight -> Integer,
        back -> Nullable<Integer>,
    }
}

diesel::table! {
    indicators (id) {
        id -> Integer,
        code -> Text,
        label -> Text,
        unit -> Text,
        definition -> Text,
        aggregation -> Text,
        numerator -> Nullable<Text>,
        denominator -> Nullable<Text>,
        department_code -> Nullable<Text>,
        recorded_by -> Text,
        published -> Bool,
        counts -> Nullable<Text>,
        has_counted_persons -> Bool,
    }
}

diesel::table! {
    meetings (id) {
        id -> BigInt,
        department_code -> Text,
        kind -> Text,
        held_on -> Date,
        fortnight -> Integer,
        attendance -> Text,
        minutes -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    decisions (department_code, meeting_id, position) {
        department_code -> Text,
        meeting_id -> BigInt,
        position -> Integer,
        text -> Text,
        owner -> Nullable<Text>,
        due_on -> Nullable<Date>,
        state -> Text,
    }
}

diesel::table! {
    measures (id) {
        id -> BigInt,
        department_code -> Text,
        meeting_id -> BigInt,
        indicator_id -> Integer,
        fortnight -> Integer,
        sector_code -> Text,
        authority -> Text,
        parquet_code -> Text,
        service -> Text,
        value -> BigInt,
        recorded_at -> Timestamp,
        recorded_by -> Text,
    }
}

diesel::table! {
    measure_corrections (id) {
        id -> BigInt,
        department_code -> Text,
        measure_id -> BigInt,
        value -> BigInt,
        recorded_at -> Timestamp,
        recorded_by -> Text,
        reason -> Text,
        corrected_at -> Timestamp,
        corrected_by -> Text,
    }
}

diesel::table! {
    not_applicable (id) {
        id -> BigInt,
        department_code -> Text,
        indicator_id -> Integer,
        from_fortnight -> Integer,
        until_fortnight -> Nullable<Integer>,
        reason -> Text,
        declared_by -> Text,
        declared_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (username, idempotency_key) {
        username -> Text,
        idempotency_key -> Text,
        request_hash -> Text,
        department_code -> Text,
        meeting_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    marks (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    request_keys (request_key) {
        request_key -> Text,
        account -> Text,
        fingerprint -> Text,
        rights -> Text,
        answer -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    rollup_cells (indicator_id, granularity, period, department_code, service, authority, parquet_code) {
        indicator_id -> Integer,
        granularity -> Text,
        period -> Integer,
        department_code -> Text,
        service -> Text,
        authority -> Text,
        parquet_code -> Text,
        total -> BigInt,
        measures -> Integer,
        maximum -> BigInt,
    }
}

diesel::table! {
    publications (id) {
        id -> BigInt,
        period -> Text,
        version -> Integer,
        published_at -> Timestamp,
        published_by -> Text,
    }
}

diesel::table! {
    publication_cells (publication_id, indicator_code, axis, cell_key) {
        publication_id -> BigInt,
        indicator_code -> Text,
        axis -> Text,
        cell_key -> Text,
        label -> Text,
        value -> Nullable<Double>,
        suppressed -> Bool,
        withheld_value -> Nullable<Double>,
        withheld_measures -> Nullable<Integer>,
        measures -> Integer,
        reporting -> Integer,
        expected -> Integer,
        previous -> Nullable<Double>,
        year_earlier -> Nullable<Double>,
    }
}

diesel::joinable!(revisions -> plans (department_code));

diesel::allow_tables_to_appear_in_same_query!(
    regions,
    defence_zones,
    parquets,
    departments,
    department_parquets,
    boundaries,
    users,
    grants,
    refresh_tokens,
    sessions,
    api_tokens,
    chains,
    audit_entries,
    plans,
    revisions,
    contributions,
    sectors,
    sector_outlines,
    objectives,
    objective_sectors,
    objective_schools,
    objective_targets,
    signatures,
    remarks,
    revision_steps,
    revision_editors,
    schools,
    sector_schools,
    national_list_entries,
    retired_sectors,
    indicators,
    meetings,
    decisions,
    measures,
    measure_corrections,
    not_applicable,
    idempotency_keys,
    marks,
    request_keys,
    rollup_cells,
    publications,
    publication_cells,
);
