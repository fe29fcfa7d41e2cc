impl NUMBER {
    pub const MAX: NUMBER;
    pub const MIN: NUMBER;
    pub const BITS: u32;
    pub fn abs(self) -> NUMBER;
    pub fn abs_diff(self, other: NUMBER) -> NUMBER;
    pub fn pow(self, exp: u32) -> NUMBER;
    pub fn signum(self) -> NUMBER;
    pub fn rem_euclid(self, rhs: NUMBER) -> NUMBER;
    pub fn div_euclid(self, rhs: NUMBER) -> NUMBER;
    pub fn div_ceil(self, rhs: NUMBER) -> NUMBER;
    pub fn next_multiple_of(self, rhs: NUMBER) -> NUMBER;
    pub fn is_power_of_two(self) -> bool;
    pub fn next_power_of_two(self) -> NUMBER;
    pub fn isqrt(self) -> NUMBER;
    pub fn ilog2(self) -> u32;
    pub fn ilog10(self) -> u32;
    pub fn is_positive(self) -> bool;
    pub fn is_negative(self) -> bool;
    pub fn count_ones(self) -> u32;
    pub fn count_zeros(self) -> u32;
    pub fn leading_zeros(self) -> u32;
    pub fn trailing_zeros(self) -> u32;
    pub fn rotate_left(self, n: u32) -> NUMBER;
    pub fn rotate_right(self, n: u32) -> NUMBER;
    pub fn swap_bytes(self) -> NUMBER;
    pub fn reverse_bits(self) -> NUMBER;
    pub fn unsigned_abs(self) -> NUMBER;
    pub fn checked_add(self, rhs: NUMBER) -> Option<NUMBER>;
    pub fn checked_sub(self, rhs: NUMBER) -> Option<NUMBER>;
    pub fn checked_mul(self, rhs: NUMBER) -> Option<NUMBER>;
    pub fn checked_div(self, rhs: NUMBER) -> Option<NUMBER>;
    pub fn checked_rem(self, rhs: NUMBER) -> Option<NUMBER>;
    pub fn checked_pow(self, exp: u32) -> Option<NUMBER>;
    pub fn checked_neg(self) -> Option<NUMBER>;
    pub fn checked_shl(self, rhs: u32) -> Option<NUMBER>;
    pub fn checked_shr(self, rhs: u32) -> Option<NUMBER>;
    pub fn saturating_add(self, rhs: NUMBER) -> NUMBER;
    pub fn saturating_sub(self, rhs: NUMBER) -> NUMBER;
    pub fn saturating_mul(self, rhs: NUMBER) -> NUMBER;
    pub fn saturating_pow(self, exp: u32) -> NUMBER;
    pub fn wrapping_add(self, rhs: NUMBER) -> NUMBER;
    pub fn wrapping_sub(self, rhs: NUMBER) -> NUMBER;
    pub fn wrapping_mul(self, rhs: NUMBER) -> NUMBER;
    pub fn wrapping_div(self, rhs: NUMBER) -> NUMBER;
    pub fn wrapping_rem(self, rhs: NUMBER) -> NUMBER;
    pub fn wrapping_neg(self) -> NUMBER;
    pub fn wrapping_pow(self, exp: u32) -> NUMBER;
    pub fn wrapping_shl(self, rhs: u32) -> NUMBER;
    pub fn wrapping_shr(self, rhs: u32) -> NUMBER;
    pub fn overflowing_add(self, rhs: NUMBER) -> (NUMBER, bool);
    pub fn overflowing_sub(self, rhs: NUMBER) -> (NUMBER, bool);
    pub fn overflowing_mul(self, rhs: NUMBER) -> (NUMBER, bool);
    pub fn from_str_radix(src: &str, radix: u32) -> Result<NUMBER, crate::num::ParseIntError>;
    pub fn to_be_bytes(self) -> [u8; 8];
    pub fn to_le_bytes(self) -> [u8; 8];
    pub fn to_ne_bytes(self) -> [u8; 8];
    pub fn from_be_bytes(bytes: [u8; 8]) -> NUMBER;
    pub fn from_le_bytes(bytes: [u8; 8]) -> NUMBER;
    pub fn is_ascii_digit(&self) -> bool;
    pub fn is_ascii_alphabetic(&self) -> bool;
    pub fn is_ascii_alphanumeric(&self) -> bool;
    pub fn is_ascii_whitespace(&self) -> bool;
    pub fn is_ascii_uppercase(&self) -> bool;
    pub fn is_ascii_lowercase(&self) -> bool;
    pub fn is_ascii(&self) -> bool;
    pub fn to_ascii_uppercase(&self) -> NUMBER;
    pub fn to_ascii_lowercase(&self) -> NUMBER;
}
impl Clone for NUMBER { fn clone(&self) -> NUMBER; }
impl Copy for NUMBER {}
impl Default for NUMBER { fn default() -> NUMBER; }
impl PartialEq for NUMBER {}
impl Eq for NUMBER {}
impl PartialOrd for NUMBER {}
impl Ord for NUMBER {}
impl crate::hash::Hash for NUMBER {}
impl crate::fmt::Debug for NUMBER {}
impl crate::fmt::Display for NUMBER {}
impl crate::str::FromStr for NUMBER { type Err = crate::num::ParseIntError; }
impl crate::iter::Sum<NUMBER> for NUMBER {}
impl crate::iter::Product<NUMBER> for NUMBER {}
impl ToString for NUMBER {}
