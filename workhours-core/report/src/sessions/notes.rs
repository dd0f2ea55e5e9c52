//! Notes about hours: what was left out, and why there are none.

use super::super::params::Window;
use super::choice::Choice;
use workhours_base::error::Result;
use workhours_base::table::Note;
use workhours_base::vocabulary::Activity;
use workhours_store::Store;

impl Choice {
    /// Notes about time in a window, of which this many µs count.
    pub(super) fn notes(&self, store: &mut Store, window: Window, worked_us: i64) -> Result<Vec<Note>> {
        let mut notes = Vec::new();
        if self.others > 0 && self.asked_users().is_empty() {
            let note = Note::new(format!("{} of others left out", traces(self.others)));
            notes.push(note.hint(
                "-u all counts everyone's, each person separately; [me] in the config says who you are",
            ));
        }
        if self.cut > 0 {
            let hours = super::hours_text(self.longest_us());
            let note =
                Note::new(format!("{} last {hours} h or longer and count {hours} h", traces(self.cut)));
            notes.push(note.hint("longest in [hours] of the config sets how much of one trace counts"));
        }
        if self.away_us >= 60_000_000 {
            let note = Note::new(format!(
                "{:.1} h of windows and tabs don't count: no one was at the keyboard",
                self.away_us as f64 / 3.6e9
            ));
            notes.push(note.hint("kind:presence shows when; a pause of up to --gaptime counts all the same"));
        }
        if worked_us == 0 {
            notes.extend(self.nothing(store, window)?);
        }
        Ok(notes)
    }

    /// Why nothing counts.
    fn nothing(&self, store: &mut Store, window: Window) -> Result<Vec<Note>> {
        let mut notes = Vec::new();
        // Of all selected traces: no activity makes these count.
        let undated = store.events().count_undated(self.chosen())?;
        if undated > 0 {
            let note = Note::new(format!("{} without a date count in no hours", traces(undated)));
            notes.push(
                note.hint("see the source's page for how to have dates; bash: HISTTIMEFORMAT='%F %T '"),
            );
        }
        let day_only = store.events().count_day_only(self.chosen(), window.from, window.until)?;
        if day_only > 0 {
            let note =
                Note::new(format!("{} with a day but no time of day count in no hours", traces(day_only)));
            notes.push(note.hint("a day does not say when the work was: load start times, or enter the time with workhours hours add"));
        }
        if *self.activity() == Activity::Usual {
            let machine = store.events().count_elsewhere(&self.filter, window.from, window.until)?;
            if machine > 0 {
                let note = Note::new(format!(
                    "{} of machines or of mixed origin do not count as work",
                    traces(machine)
                ));
                notes.push(note.hint("--activity all counts them, -s or --source TYPE those of one source"));
            }
        }
        Ok(notes)
    }
}

fn traces(n: u64) -> String {
    if n == 1 { "1 trace".into() } else { format!("{n} traces") }
}
