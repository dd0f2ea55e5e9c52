//! The tables, in Diesel's form. The migrations are the authority; a test compares the two.

// Diesel's macro writes public items that no outsider sees.
#![allow(unreachable_pub, missing_docs)]

use diesel::table;

table! { meta (key) { key -> Text, value -> Text, } }
table! { counters (name) { name -> Text, value -> BigInt, } }
table! { queues (source_type) { source_type -> Text, activity -> Text, created_us -> BigInt, } }
table! {
    inputs (id) {
        id -> BigInt, source_type -> Text, label -> Text, path -> Text, scope -> Text,
        host -> Nullable<Text>, user -> Nullable<Text>, timezone -> Text, activity -> Text, options -> Text,
        created_us -> BigInt,
    }
}
table! {
    files (id) {
        id -> BigInt, source_type -> Text, scope -> Text, input_id -> BigInt, path -> Text,
        head_len -> BigInt, head_hash -> Binary, predecessor_id -> Nullable<BigInt>, carry -> Binary,
        timezone -> Text, tz_version -> Text, reference_secs -> BigInt, has_local -> Bool,
        last_date -> Nullable<BigInt>, created_us -> BigInt, first_date -> Nullable<BigInt>,
    }
}
table! {
    sightings (path_key, source_type, scope) {
        path_key -> Binary, source_type -> Text, scope -> Text, path -> Text, file_id -> BigInt,
        stat -> Text, seen_us -> BigInt,
    }
}
table! {
    cursors (file_id) {
        file_id -> BigInt, offset -> BigInt, lines -> BigInt, state -> Binary,
        warm_offset -> BigInt, warm_lines -> BigInt, warm_state -> Binary,
        tail_offset -> BigInt, tail_len -> BigInt, tail_hash -> Binary,
        provisional_id -> Nullable<Binary>, provisional_len -> BigInt,
    }
}
table! {
    segments (file_id, start) {
        file_id -> BigInt, start -> BigInt, length -> BigInt, object -> Text, created_us -> BigInt,
    }
}
table! {
    tasks (id) {
        id -> BigInt, source_type -> Text, input_id -> BigInt, file_id -> Nullable<BigInt>, path -> Text,
        state -> Text, records -> BigInt, events -> BigInt, inserted -> BigInt, duplicates -> BigInt,
        updated -> BigInt, rejected -> BigInt, ignored -> BigInt, bytes -> BigInt,
        started_us -> BigInt, elapsed_ms -> BigInt, error -> Nullable<Text>, cursor_before -> Nullable<Text>,
    }
}
table! {
    batches (seq) {
        seq -> BigInt, id -> BigInt, task_id -> BigInt, kind -> Text, min_id -> Nullable<Binary>,
        max_id -> Nullable<Binary>, n -> BigInt, committed_us -> BigInt,
    }
}
table! {
    events (id) {
        id -> Binary, date -> Nullable<BigInt>, offset_min -> Nullable<SmallInt>, precision -> SmallInt,
        flags -> Integer, duration_us -> Nullable<BigInt>, kind -> Text, source_type -> Text,
        input_id -> BigInt, task_id -> BigInt, batch_id -> BigInt, place_id -> Nullable<BigInt>,
        referrer_id -> Nullable<BigInt>, agent_id -> Nullable<BigInt>, url -> Nullable<Text>,
        title -> Nullable<Text>, text -> Nullable<Text>, host -> Nullable<Text>, user -> Nullable<Text>,
        meta -> Nullable<Text>, file_id -> BigInt, file_offset -> BigInt, file_length -> BigInt,
        peer -> Nullable<Text>,
    }
}
table! { changes (seq, event_id, kind) { seq -> BigInt, event_id -> Binary, kind -> Text, } }
table! {
    places (id) {
        id -> BigInt, url -> Text, scheme -> Text, host -> Nullable<Text>, port -> Nullable<Integer>,
        path -> Text, query -> Nullable<Text>, fragment -> Nullable<Text>,
    }
}
table! { agents (id) { id -> BigInt, agent -> Text, } }
table! { tags (id) { id -> BigInt, tag -> Text, } }
table! { event_tags (event_id, tag_id) { event_id -> Binary, tag_id -> BigInt, by_rule -> Bool, } }
table! { tombstones (id) { id -> Binary, purged_us -> BigInt, } }
table! {
    rejects (file_id, file_offset) {
        file_id -> BigInt, file_offset -> BigInt, file_length -> BigInt, line -> BigInt, code -> Text,
        reason -> Text, excerpt -> Text, provisional -> Bool, input_id -> BigInt, task_id -> BigInt,
        batch_id -> BigInt,
    }
}
table! {
    corrections (id) {
        id -> BigInt, made_us -> BigInt, kind -> Text, from_us -> BigInt, until_us -> BigInt,
        to_us -> Nullable<BigInt>, label -> Nullable<Text>, note -> Nullable<Text>,
        person -> Nullable<Text>, made_by -> Nullable<Text>,
    }
}
table! { rollup_dirty (day, seq) { day -> BigInt, seq -> BigInt, } }
table! {
    rollup_days (field, day, input_id) {
        field -> SmallInt, day -> BigInt, input_id -> BigInt, sums -> Binary,
    }
}
table! {
    series (id) { id -> BigInt, revision -> BigInt, file_id -> BigInt, newest_file_id -> BigInt, }
}
table! { series_events (series_id, event_id) { series_id -> BigInt, event_id -> Binary, } }
table! { renumbered (file_id, id) { file_id -> BigInt, id -> Binary, given -> Binary, } }
table! { saved_reports (name) { name -> Text, arguments -> Text, created_us -> BigInt, } }
table! { saved_searches (name) { name -> Text, query -> Text, created_us -> BigInt, } }
table! {
    followed (id) {
        id -> Text, source_type -> Text, label -> Text, path -> Text, holder -> Text, until_us -> BigInt,
        state -> Text, files -> BigInt, pending -> BigInt, since_us -> BigInt, looked_us -> BigInt,
        loaded_us -> Nullable<BigInt>, events -> BigInt, rejects -> BigInt, problem -> Nullable<Text>,
        hint -> Nullable<Text>, problem_us -> Nullable<BigInt>,
    }
}
table! {
    tokens (name) {
        name -> Text, hash -> Text, scope -> Text, sources -> Text, host -> Nullable<Text>, user -> Nullable<Text>,
        created_us -> BigInt, expires_us -> Nullable<BigInt>, used_us -> Nullable<BigInt>,
    }
}
table! { floors (source_type) { source_type -> Text, floor_us -> BigInt, } }
table! {
    due_runs (schedule, due_us) {
        schedule -> Text, due_us -> BigInt, holder -> Text, until_us -> BigInt, state -> Text,
        began_us -> BigInt, ended_us -> Nullable<BigInt>, message -> Nullable<Text>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    batches, events, files, inputs, places, agents, tags, event_tags, tasks, cursors, rejects
);
