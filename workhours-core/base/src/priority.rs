//! Priorities of threads, for when there are more of them than processors.

/// Runs this thread and those it starts from now on only when a processor is nearly idle. This can't be undone. Only
/// Linux supports this for threads; elsewhere nothing happens.
pub fn give_way() {
    // Only a higher priority than the current one can fail, and this is a lower one.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(LESS);
}

/// Niceness: about a tenth of the time of other busy threads.
#[cfg(target_os = "linux")]
const LESS: i32 = 10;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_and_its_own_give_way_and_no_others() {
        let nice = || {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let (_, fields) = stat.rsplit_once(')').unwrap();
            fields.split_whitespace().nth(16).unwrap().parse::<i32>().unwrap()
        };
        let before = nice();
        let [own, its] = std::thread::spawn(move || {
            give_way();
            [nice(), std::thread::spawn(nice).join().unwrap()]
        })
        .join()
        .unwrap();
        assert_eq!([own, its, nice()], [before + LESS, before + LESS, before].map(|nice| nice.min(19)));
    }
}
