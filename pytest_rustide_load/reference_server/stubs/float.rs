impl NUMBER {
    pub const MAX: NUMBER;
    pub const MIN: NUMBER;
    pub const EPSILON: NUMBER;
    pub const INFINITY: NUMBER;
    pub const NEG_INFINITY: NUMBER;
    pub const NAN: NUMBER;
    pub fn abs(self) -> NUMBER;
    pub fn sqrt(self) -> NUMBER;
    pub fn cbrt(self) -> NUMBER;
    pub fn powi(self, n: i32) -> NUMBER;
    pub fn powf(self, n: NUMBER) -> NUMBER;
    pub fn exp(self) -> NUMBER;
    pub fn ln(self) -> NUMBER;
    pub fn log(self, base: NUMBER) -> NUMBER;
    pub fn log2(self) -> NUMBER;
    pub fn log10(self) -> NUMBER;
    pub fn sin(self) -> NUMBER;
    pub fn cos(self) -> NUMBER;
    pub fn tan(self) -> NUMBER;
    pub fn atan2(self, other: NUMBER) -> NUMBER;
    pub fn floor(self) -> NUMBER;
    pub fn ceil(self) -> NUMBER;
    pub fn round(self) -> NUMBER;
    pub fn trunc(self) -> NUMBER;
    pub fn fract(self) -> NUMBER;
    pub fn signum(self) -> NUMBER;
    pub fn mul_add(self, a: NUMBER, b: NUMBER) -> NUMBER;
    pub fn hypot(self, other: NUMBER) -> NUMBER;
    pub fn recip(self) -> NUMBER;
    pub fn to_degrees(self) -> NUMBER;
    pub fn to_radians(self) -> NUMBER;
    pub fn max(self, other: NUMBER) -> NUMBER;
    pub fn min(self, other: NUMBER) -> NUMBER;
    pub fn clamp(self, min: NUMBER, max: NUMBER) -> NUMBER;
    pub fn is_nan(self) -> bool;
    pub fn is_finite(self) -> bool;
    pub fn is_infinite(self) -> bool;
    pub fn total_cmp(&self, other: &NUMBER) -> crate::cmp::Ordering;
    pub fn to_bits(self) -> u64;
    pub fn from_bits(v: u64) -> NUMBER;
}
impl Clone for NUMBER { fn clone(&self) -> NUMBER; }
impl Copy for NUMBER {}
impl Default for NUMBER { fn default() -> NUMBER; }
impl PartialEq for NUMBER {}
impl PartialOrd for NUMBER {}
impl crate::fmt::Debug for NUMBER {}
impl crate::fmt::Display for NUMBER {}
impl crate::str::FromStr for NUMBER { type Err = crate::num::ParseFloatError; }
impl crate::iter::Sum<NUMBER> for NUMBER {}
impl crate::iter::Product<NUMBER> for NUMBER {}
impl ToString for NUMBER {}
