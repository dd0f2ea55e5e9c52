//! Keeping an index up to date: interrupted and continued, during loads, after purges, after a restored backup.

use super::*;

#[test]
fn who_is_stopped_goes_on_there_and_readers_see_nothing_by_halves() {
    let mut base = Base::new();
    let made: Vec<Made> =
        (0..9000).map(|n| Made { hour: Some(n), value: n as usize % 60, tags: 0 }).collect();
    base.load(&made[..100]);
    base.catch_up();
    let before = base.store.as_of().unwrap();
    base.load(&made[100..]);
    let index = base.embedded();
    let mut writer = index.writer().unwrap().unwrap();
    assert!(base.embedded().writer().unwrap().is_none(), "one writes");
    let looks = 3;
    let mut rounds = 0;
    loop {
        let mut left = looks;
        let mut stopped = false;
        writer
            .catch_up(&mut base.store, &mut |_| {
                left -= 1;
                stopped = left == 0;
                if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
        rounds += 1;
        if !stopped {
            break;
        }
        let page = index.page(
            &Question::of(embedded::all()),
            &PageAsk { order: Order::Newest, after: None, size: 1 },
            &Budget::unlimited(),
        );
        let page = page.unwrap();
        assert_eq!((page.total.value, page.as_of), (100, before));
        // As after a crash: another writer, with nothing remembered.
        drop(writer);
        writer = index.writer().unwrap().unwrap();
    }
    assert!(rounds > 1);
    drop(writer);
    base.agree("release", None);
    base.agree("", None);
}

/// Several rounds may go into one commit.
#[test]
fn what_comes_and_changes_meanwhile_is_in_it_too() {
    let mut base = Base::new();
    let all: Vec<Made> =
        (0..300).map(|n| Made { hour: Some(n as i64), value: n % 60, tags: n % 4 }).collect();
    base.load(&all[..100]);
    let uri = DatabaseUri::Sqlite(SqlitePath::File(base.dir.path().join("w.db")));
    let mut writer = base.embedded().writer().unwrap().unwrap();
    writer.set_priority(Priority::Bulk);
    let mut rounds = 0;
    let mut store = Store::open(&uri).unwrap();
    writer
        .catch_up(&mut store, &mut |_| {
            rounds += 1;
            match rounds {
                1 => base.load(&all[100..200]),
                2 => base.change(5),
                3 => base.load(&all[200..]),
                _ => {}
            }
            if rounds < 4 {
                let known = base.embedded().known().unwrap();
                assert!(known.is_none(), "it is asked when it knows something: {known:?}");
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(base.embedded().known().unwrap(), Some(base.store.as_of().unwrap()));
    for query in ["", "git", "user:ada", "tag:work", "date>1970-01-04"] {
        base.agree(query, None);
    }
}

#[test]
fn purged_words_are_nowhere_in_the_index() {
    let mut base = Base::new();
    base.load(&[Made { hour: Some(1), value: 3, tags: 0 }, Made { hour: Some(2), value: 1, tags: 0 }]);
    base.catch_up();
    // Words are compressed in an automaton, but the names of a column are stored unchanged.
    let found = |base: &Base| {
        let dir = base.embedded().folder().to_owned();
        let mut all = Vec::new();
        for entry in std::fs::read_dir(dir).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
            for file in std::fs::read_dir(entry.path()).unwrap().flatten() {
                all.extend(std::fs::read(file.path()).unwrap());
            }
        }
        memchr::memmem::find(&all, b"web-1.example").is_some()
    };
    assert!(found(&base));
    let gone = base.known[0].0.to_vec();
    base.store.purge().events(&[gone]).unwrap();
    base.catch_up();
    assert!(!found(&base));
    base.agree("", None);
}

#[test]
fn an_index_of_another_history_is_made_anew() {
    let mut base = Base::new();
    assert_eq!(base.embedded().status().unwrap(), Status::Absent);
    base.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    base.load(&[Made { hour: Some(2), value: 3, tags: 0 }]);
    base.catch_up();
    // The same numbers at another time: a backup was restored, and other changes followed.
    let mut other = Base::new();
    other.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    other.load(&[Made { hour: Some(9), value: 9, tags: 0 }, Made { hour: Some(8), value: 8, tags: 0 }]);
    std::fs::rename(base.embedded().folder(), other.dir.path().join("moved")).unwrap();
    std::fs::create_dir_all(other.dir.path().join("index")).unwrap();
    std::fs::rename(other.dir.path().join("moved"), other.embedded().folder()).unwrap();
    assert!(matches!(other.embedded().status().unwrap(), Status::Ready(_)));
    other.catch_up();
    other.agree("", None);
}

#[test]
fn made_anew_aside_it_takes_over() {
    let mut base = Base::new();
    base.load(&[Made { hour: Some(1), value: 2, tags: 0 }]);
    base.catch_up();
    let reader = base.embedded();
    assert_eq!(events(&reader), 1);
    let mut writer = reader.writer().unwrap().unwrap();
    assert!(writer.rebuild(&mut base.store, &mut |_| ControlFlow::Break(())).is_err(), "interrupted");
    assert_eq!(events(&reader), 1);
    base.load(&[Made { hour: Some(2), value: 3, tags: 0 }]);
    assert_eq!(writer.rebuild(&mut base.store, &mut |_| ControlFlow::Continue(())).unwrap(), 2);
    writer.finish().unwrap();
    assert_eq!(events(&reader), 2);
    base.agree("", None);
}
