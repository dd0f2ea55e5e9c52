//! Tokens: secrets that programs show to be let in, in the form of a random UUID, which is the only one that some clients
//! accept.

use crate::error::{Error, Result};

/// A new token.
///
/// # Errors
/// When the system returns no random bytes.
pub fn new_token() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::failed(format!("the system returned no random bytes: {e}")))?;
    // A random UUID (RFC 9562, version 4): 122 bits are random.
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let (a, b, c, d, e) = (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    Ok(format!("{a}-{b}-{c}-{d}-{e}"))
}

/// The form in which a token is stored: BLAKE3 in hexadecimal digits. The prefix that some clients add is not part of it.
pub fn token_hash(token: &str) -> String {
    let token = token.trim();
    let token = token.strip_prefix("waka_").unwrap_or(token);
    blake3::hash(token.to_ascii_lowercase().as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_random_uuids() {
        let (one, two) = (new_token().unwrap(), new_token().unwrap());
        assert_ne!(one, two);
        let parts: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert!(one.as_bytes()[14] == b'4' && b"89ab".contains(&one.as_bytes()[19]), "{one}");
        assert_eq!(token_hash(&format!("waka_{one} ")), token_hash(&one));
        assert_ne!(token_hash(&one), token_hash(&two));
    }
}
