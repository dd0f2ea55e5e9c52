//! Plugins that misbehave: the task fails with the reason, nothing of it is loaded, the other tasks are, and no process
//! is left.

use crate::kit::Home;
use crate::kit::plugin::{add, has_cc, hostile};
use std::fs;

/// Three lines, the third of which triggers it, and more after it.
const INPUT: &str = "one\ntwo\nthree\nfour\nfive\n";

/// Limits that are short enough for a test.
const LIMITS: &str =
    "[plugins]\nstall_seconds = 1\ncpu_seconds = 2\nmemory_mib = 256\nspool_mib = 1\nrejects = 1000\n";

/// A home where the plugin is trusted and configured.
fn home(case: &str, config: &str) -> Option<Home> {
    if !has_cc() {
        return None;
    }
    let home = Home::new();
    home.write("c.toml", config);
    home.write("lines.txt", INPUT);
    home.write("access.log", "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n");
    let library = hostile(&home, case, "hostile");
    add(&home, &library).exits(0);
    Some(home)
}

/// Processes that are children of the test's children: none may be left of a worker.
fn workers() -> Vec<String> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let command = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.ok()?.path();
        let line = fs::read_to_string(path.join("cmdline")).ok()?;
        let group = fs::read_to_string(path.join("environ")).unwrap_or_default();
        line.contains("--plugin-worker").then(|| format!("{} {line} {group}", path.display()))
    };
    entries.filter_map(command).collect()
}

#[track_caller]
fn fails(case: &str, cause: &str) {
    fails_with(case, LIMITS, cause);
}

#[track_caller]
fn fails_with(case: &str, config: &str, cause: &str) {
    let Some(home) = home(case, config) else { return };
    let args = ["-c", "c.toml", "-s", "hostile", "lines.txt", "-s", "log.http", "access.log"];
    let summary = home.load_failing(&args);
    for text in ["plugin hostile.so: ", cause] {
        let errors: Vec<&str> = summary.tasks().iter().filter_map(|t| t["error"].as_str()).collect();
        assert!(errors.iter().any(|e| e.contains(text)), "nothing about {text:?}: {errors:?}");
    }
    let states = summary.states();
    assert_eq!(states, ["failed", "done"], "{}", *summary);
    let kinds = home.column("kind");
    assert_eq!(kinds, ["http.request"], "nothing of a failed plugin is loaded, all of the other input is");
    assert!(home.rejects().is_empty());
    // And the same again: a failure leaves nothing that makes the next run think otherwise.
    home.load_failing(&args);
    assert_eq!(home.column("kind").len(), 1);
}

macro_rules! hostile {
    ($($test:ident: $case:ident, $cause:expr;)+) => {$(
        #[test]
        fn $test() {
            fails(stringify!($case), $cause);
        }
    )+};
}

hostile! {
    a_segmentation_fault: SEGV_PARSE, "segmentation fault";
    a_call_into_nothing: NULL_CALL, "segmentation fault";
    a_stack_that_overflows: STACK_OVERFLOW, "its stack overflowed";
    an_abort: ABORTS, "it aborted";
    a_loop_without_end: ENDLESS, "it gave no sign of life for 1 s";
    events_without_end: ENDLESS_EVENTS, "the limit of one parse";
    rejects_without_end: MANY_REJECTS, "it refused more than 1000 records";
    an_exit_that_looks_like_success: EXIT_0, "exit code 0 before it had finished";
    an_exit_past_the_libraries: EXIT_0_RAW, "exit code 0 before it had finished";
    ten_gigabytes_at_once: ALLOCATE_10_GB, "memory";
    memory_bit_by_bit: ALLOCATE_PIECEMEAL, "it ran out of memory: the limit is 256 MiB";
    a_fork_bomb: FORK_BOMB, "which the sandbox forbids";
    a_file_it_must_not_open: OPEN_PASSWD, "it called openat, which the sandbox forbids";
    a_socket: OPEN_SOCKET, "it called socket, which the sandbox forbids";
    another_program: EXEC_SHELL, "it called execve, which the sandbox forbids";
    a_signal_to_its_parent: KILL_PARENT, "it called kill, which the sandbox forbids";
    signal_handlers_of_its_own: HANDLES_SIGNALS, "it called rt_sigaction, which the sandbox forbids";
    memory_to_run_code_in: EXECUTABLE_MEMORY, "mmap";
    words_on_standard_output: PRINTS, "it wrote to its standard output";
    megabytes_on_standard_output: PRINTS_MUCH, "it wrote to its standard output";
    a_torn_frame: TORN_FRAME, "torn";
    a_frame_that_claims_too_much: LYING_FRAME, "torn";
    an_end_that_is_none: LYING_END, "torn";
    streams_closed_under_us: CLOSES_ALL, "";
    a_kind_that_is_no_text: BAD_KIND, "event 3 (line 3): kind is not UTF-8";
    a_kind_it_did_not_declare: UNDECLARED_KIND, "its kind \"other.kind\" is not in the manifest";
    a_text_of_64_megabytes: HUGE_TEXT, "event 3 has 67108";
    a_date_in_the_far_future: FAR_FUTURE, "start is outside the years 1 to 9999";
    nanoseconds_that_are_seconds: BAD_NANOSECONDS, "start has 2000000000 nanoseconds";
    a_record_beyond_the_input: BEYOND_INPUT, "it tells of byte 1073741829 of an input that has 24";
    a_struct_too_small: SMALL_EVENT, "its size is less than that of any version";
    a_length_without_bytes: NO_POINTER, "title has a length but no bytes";
    going_on_after_a_stop: AFTER_STOP, "after it was told to stop";
    a_status_nobody_knows: UNKNOWN_STATUS, "it ended with the unknown status -12345";
    a_stop_nobody_gave: STOPS_ITSELF, "it stopped without being told to";
}

#[test]
fn processor_time_is_limited_even_with_signs_of_life() {
    let config = LIMITS.replace("spool_mib = 1\n", "").replace("cpu_seconds = 2", "cpu_seconds = 1");
    fails_with("ENDLESS_EVENTS", &config, "it used up its 1 s of processor time");
}

#[test]
fn a_fork_without_a_sandbox_leaves_no_process() {
    if !has_cc() {
        return;
    }
    let config = format!("{LIMITS}sandbox = \"off\"\n");
    let Some(home) = home("ABORTS", &config) else { return };
    let summary = home.load_failing(&["-c", "c.toml", "-s", "hostile", "lines.txt"]);
    assert!(summary.stderr().contains("plugin hostile.so: it aborted"), "{}", *summary);
    let own = home.path("").display().to_string();
    let left: Vec<_> = workers().into_iter().filter(|w| w.contains(&own)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_is_no_text_in_a_text_is_flagged_as_everywhere() {
    let Some(home) = home("BAD_TEXT", LIMITS) else { return };
    home.load(&["-c", "c.toml", "-s", "hostile", "lines.txt"]);
    assert_eq!(home.column("text"), ["one", "two", "not \u{fffd} text", "four", "five"]);
}

#[test]
fn one_that_breaks_when_loaded_cannot_be_added() {
    if !has_cc() {
        return;
    }
    for (case, cause) in
        [("SEGV_CONSTRUCTOR", "segmentation fault"), ("FORK_CONSTRUCTOR", "which the sandbox forbids")]
    {
        let home = Home::new();
        let library = hostile(&home, case, "hostile");
        add(&home, &library).exits(1).says(&["hostile.so is refused", cause]);
        let listed = home.ok(&["plugin", "list", "-O", "csv"]).stdout();
        assert_eq!(listed.lines().count(), 1, "{listed}");
    }
}

#[test]
fn a_constructor_reads_no_file_of_yours() {
    if !has_cc() {
        return;
    }
    // It would end itself if it could open the file.
    let home = Home::new();
    let library = hostile(&home, "OPEN_PASSWD_CONSTRUCTOR", "hostile");
    add(&home, &library).exits(0);
}
