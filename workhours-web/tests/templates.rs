//! What templates, style and scripts may not contain.

use std::collections::BTreeSet;
use workhours_web::templates;

#[test]
fn templates_escape_and_keep_to_the_policy() {
    let all = templates();
    assert!(all.len() > 10);
    for (name, text) in all {
        assert!(!text.contains("{{{") && !text.contains("{{&"), "{name}: nothing is put in unescaped");
        let lower = text.to_lowercase();
        assert!(!lower.contains("<style") && !lower.contains(" style="), "{name}: style is in static/");
        let scripts: BTreeSet<&str> =
            lower.split("<script").skip(1).map(|rest| rest.split("</script>").next().unwrap()).collect();
        assert!(
            scripts.iter().all(|script| script.contains("src=") && script.ends_with('>')),
            "{name}: scripts are in static/"
        );
        for tag in tags(text) {
            let plain = without_moustaches(&tag);
            // The text outside of quotes: names, and equals signs before quotes.
            let outside: Vec<&str> = plain.split('"').step_by(2).collect();
            for (i, piece) in outside.iter().enumerate() {
                let last = i + 1 == outside.len();
                let stray = piece.trim_end_matches('=').contains('=') || (last && piece.contains('='));
                assert!(!stray, "{name}: an attribute without quotes in <{tag}>");
                let names = piece.split_whitespace();
                assert!(
                    !names.into_iter().any(|n| n.to_lowercase().starts_with("on") && n.ends_with('=')),
                    "{name}: <{tag}>"
                );
            }
            assert!(!plain.contains('\''), "{name}: quotes are double in <{tag}>");
            assert!(!tag.contains("href=\"http"), "{name}: links to elsewhere are of events, <{tag}>");
        }
        // `put` takes only finished markup, which the type `Markup` ensures; add new uses here too.
        for put in text.split("{{put ").skip(1).map(|rest| rest.split('}').next().unwrap()) {
            assert!(["table.rows", "page.drawing", "spark"].contains(&put), "{name}: put {put}");
        }
    }
}

/// The text between `<` and `>`, with moustaches kept whole.
fn tags(text: &str) -> Vec<String> {
    let (mut found, mut tag, mut depth) = (Vec::new(), None::<String>, 0);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match (c, next) {
            ('{', Some('{')) => depth += 1,
            ('}', Some('}')) => depth -= 1,
            ('<', _) if depth == 0 => tag = Some(String::new()),
            ('>', _) if depth == 0 => found.extend(tag.take()),
            _ => {}
        }
        if let Some(tag) = tag.as_mut().filter(|_| c != '<') {
            tag.push(c);
        }
        if matches!((c, next), ('{', Some('{')) | ('}', Some('}'))) {
            let c = chars.next().unwrap();
            tag.iter_mut().for_each(|tag| tag.push(c));
        }
    }
    found
}

fn without_moustaches(tag: &str) -> String {
    let mut out = String::new();
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        rest = after.split_once("}}").map_or("", |(_, after)| after);
    }
    out + rest
}
