//! `include/workhours_plugin.h` against the Rust structs: compiled strictly as C and as C++, and every size,
//! offset and constant compared with what Rust has.

use std::fmt::Write as _;
use std::io::Write as _;
use std::mem::offset_of;
use std::path::Path;
use std::process::Command;
use workhours_plugin_api::abi::{self, *};
use workhours_plugin_api::{Precision, RejectCode, RowFlags};

/// `C struct, C field, offset` of a Rust field.
macro_rules! fields {
    ($out:ident, $rust:ty, $c:literal: $($field:ident $(as $name:literal)?),+) => {
        $out.push((format!("sizeof({})", $c), size_of::<$rust>() as i64));
        $($out.push((
            format!("offsetof({}, {})", $c, fields!(@name $field $($name)?)),
            offset_of!($rust, $field) as i64,
        ));)+
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
}

/// Every layout fact, as a C expression with the value Rust has for it.
fn facts() -> Vec<(String, i64)> {
    let mut out = Vec::new();
    fields!(out, Str, "wh_str": ptr, len);
    fields!(out, Time, "wh_time": sec, nsec, offset_min, precision, flags);
    fields!(out, Attr, "wh_attr": key, kind, reserved, value);
    fields!(out, Event, "wh_event": size, flags, start, end, offset, line, raw, kind, key, url, referrer, title,
        text, host, user, agent, tags, n_tags, attrs, n_attrs, peer, key_host, key_user, series, revision);
    fields!(out, Reject, "wh_reject": size, flags, code, reserved, offset, line, raw, reason);
    fields!(out, Host, "wh_host": size, abi_major, abi_minor, ctx, set_error);
    fields!(out, Input, "wh_input": size, reserved, ctx, name, bytes, reference_sec, start_offset, start_lines,
        state, read, map, path, option, horizon_sec);
    fields!(out, Sink, "wh_sink": size, reserved, ctx, emit, reject, ignored, checkpoint, progress);
    fields!(out, Source, "wh_source": size, reserved, manifest, parse);
    fields!(out, Plugin, "wh_plugin": magic, size, abi_major, abi_minor, sdk, sources, n_sources);
    let constants: &[(&str, i64)] = &[
        ("(int64_t)WH_MAGIC", MAGIC.cast_signed()),
        ("WH_ABI_MAJOR", MAJOR.into()),
        ("WH_ABI_MINOR", MINOR.into()),
        ("WH_OFFSET_UNKNOWN", OFFSET_UNKNOWN.into()),
        ("WH_TIME_SET", time_flags::SET.into()),
        ("WH_TIME_LOCAL", time_flags::LOCAL.into()),
        ("WH_PREC_NS", Precision::Nanosecond as i64),
        ("WH_PREC_US", Precision::Microsecond as i64),
        ("WH_PREC_MS", Precision::Millisecond as i64),
        ("WH_PREC_S", Precision::Second as i64),
        ("WH_PREC_MIN", Precision::Minute as i64),
        ("WH_PREC_DAY", Precision::Day as i64),
        ("WH_ATTR_STR", attr_kind::STR.into()),
        ("WH_ATTR_INT", attr_kind::INT.into()),
        ("WH_ATTR_FLOAT", attr_kind::FLOAT.into()),
        ("WH_ATTR_BOOL", attr_kind::BOOL.into()),
        ("WH_OK", status::OK.into()),
        ("WH_STOP", status::STOP.into()),
        ("WH_E_UNSUPPORTED", status::UNSUPPORTED.into()),
        ("WH_E_CORRUPT", status::CORRUPT.into()),
        ("WH_E_IO", status::IO.into()),
        ("WH_E_CONFIG", status::CONFIG.into()),
        ("WH_E_LIMIT", status::LIMIT.into()),
        ("WH_E_NOMEM", status::NOMEM.into()),
        ("WH_E_INTERNAL", status::INTERNAL.into()),
        ("WH_PROVISIONAL", RowFlags::PROVISIONAL.0.into()),
        ("WH_LEAP_SECOND", RowFlags::LEAP_SECOND.0.into()),
        ("WH_INFERRED_YEAR", RowFlags::INFERRED_YEAR.0.into()),
        ("WH_MALFORMED_TAIL", RowFlags::MALFORMED_TAIL.0.into()),
        ("WH_BAD_NUMBER", RowFlags::BAD_NUMBER.0.into()),
        ("WH_BAD_TIME", RowFlags::BAD_TIME.0.into()),
        ("WH_UNKNOWN_ZONE", RowFlags::UNKNOWN_ZONE.0.into()),
        ("WH_UNPLACED", RowFlags::UNPLACED.0.into()),
        ("WH_GUESSED_ENCODING", RowFlags::GUESSED_ENCODING.0.into()),
        ("WH_R_MALFORMED", RejectCode::Malformed as i64),
        ("WH_R_SKIPPED", RejectCode::Skipped as i64),
        ("WH_R_BAD_TIME", RejectCode::BadTime as i64),
        ("WH_R_BAD_TEXT", RejectCode::BadText as i64),
        ("WH_R_TRUNCATED", RejectCode::Truncated as i64),
        ("WH_R_TOO_LONG", RejectCode::TooLong as i64),
    ];
    out.extend(constants.iter().map(|(name, value)| ((*name).to_owned(), *value)));
    out
}

fn compile_and_compare(compiler: &str, standard: &str, language: &str) {
    if Command::new(compiler).arg("--version").output().is_err() {
        let _ = writeln!(std::io::stderr(), "\nSKIPPED: there is no {compiler} to compile the header with");
        return;
    }
    let mut program = String::from("#include <stdio.h>\n#include \"workhours_plugin.h\"\nint main(void) {\n");
    let facts = facts();
    for (expression, _) in &facts {
        let _ = writeln!(program, "  printf(\"%lld\\n\", (long long)({expression}));");
    }
    program.push_str("  return 0;\n}\n");
    let dir = std::env::temp_dir().join(format!("workhours-header-{}-{compiler}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let (source, binary) = (dir.join("facts.c"), dir.join("facts"));
    std::fs::write(&source, program).unwrap();
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("include");
    let built = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Wpadded", "-Wpedantic", "-Werror", standard, "-x", language, "-I"])
        .arg(include)
        .arg(&source)
        .arg("-o")
        .arg(&binary)
        .output()
        .unwrap();
    assert!(built.status.success(), "{compiler}: {}", String::from_utf8_lossy(&built.stderr));
    let ran = Command::new(&binary).output().unwrap();
    let _ = std::fs::remove_dir_all(&dir);
    let said = String::from_utf8(ran.stdout).unwrap();
    let said: Vec<i64> = said.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(said.len(), facts.len());
    for ((expression, rust), c) in facts.iter().zip(said) {
        assert_eq!(c, *rust, "{expression}: the header has {c}, Rust {rust}");
    }
}

#[test]
fn the_header_is_the_structs_in_c() {
    compile_and_compare("gcc", "-std=c99", "c");
}

#[test]
fn the_header_is_the_structs_in_cxx() {
    compile_and_compare("g++", "-std=c++11", "c++");
}

/// Golden values: no change of ours may move a field, even with the header moved alike.
#[cfg(target_pointer_width = "64")]
#[test]
fn version_1_0_is_frozen() {
    assert_eq!([size_of::<Str>(), size_of::<Time>(), size_of::<Attr>()], [16, 16, 40]);
    let event = [
        offset_of!(Event, start),
        offset_of!(Event, end),
        offset_of!(Event, offset),
        offset_of!(Event, line),
        offset_of!(Event, raw),
        offset_of!(Event, kind),
        offset_of!(Event, key),
        offset_of!(Event, url),
        offset_of!(Event, referrer),
        offset_of!(Event, title),
        offset_of!(Event, text),
        offset_of!(Event, host),
        offset_of!(Event, user),
        offset_of!(Event, agent),
        offset_of!(Event, tags),
        offset_of!(Event, attrs),
        offset_of!(Event, n_attrs),
    ];
    assert_eq!(event, [8, 24, 40, 48, 56, 72, 88, 104, 120, 136, 152, 168, 184, 200, 216, 232, 240]);
    assert_eq!(
        [offset_of!(abi::Reject, code), offset_of!(abi::Reject, raw), offset_of!(abi::Reject, reason)],
        [8, 32, 48]
    );
    assert_eq!([offset_of!(Host, ctx), offset_of!(Host, set_error)], [8, 16]);
    let input = [
        offset_of!(Input, name),
        offset_of!(Input, bytes),
        offset_of!(Input, reference_sec),
        offset_of!(Input, start_offset),
        offset_of!(Input, state),
        offset_of!(Input, read),
        offset_of!(Input, map),
        offset_of!(Input, path),
        offset_of!(Input, option),
    ];
    assert_eq!(input, [16, 32, 40, 48, 64, 80, 88, 96, 104]);
    let sink = [
        offset_of!(Sink, emit),
        offset_of!(Sink, reject),
        offset_of!(Sink, ignored),
        offset_of!(Sink, checkpoint),
        offset_of!(Sink, progress),
    ];
    assert_eq!(sink, [16, 24, 32, 40, 48]);
    assert_eq!([offset_of!(Source, manifest), offset_of!(Source, parse)], [8, 24]);
    let plugin = [offset_of!(Plugin, size), offset_of!(Plugin, abi_major), offset_of!(Plugin, sdk)];
    assert_eq!(plugin, [8, 12, 16]);
    assert_eq!([offset_of!(Plugin, sources), offset_of!(Plugin, n_sources)], [32, 40]);
    // The least sizes a reader accepts are those of 1.0 and stay so when fields are appended.
    assert_eq!([Event::LEAST, abi::Reject::LEAST, Source::LEAST, Input::LEAST], [248, 64, 32, 112]);
}
