//! Ranges of IP addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subnet {
    address: IpAddr,
    /// The number of bits.
    bits: u8,
}

impl Subnet {
    /// Reads `10.0.0.0/8`, or an address that is all of it. Bits after the prefix do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, bits.parse().ok()?),
            None => return text.parse().ok().map(Self::of_address),
        };
        let address = masked(address, bits)?;
        Some(Self { address, bits })
    }

    /// The one address.
    pub fn of_address(address: IpAddr) -> Self {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Self { address, bits }
    }

    /// The first address.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many bits have to be the same.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// Whether the address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.address.is_ipv4() == address.is_ipv4() && masked(address, self.bits) == Some(self.address)
    }
}

/// The address with zeros after so many bits.
fn masked(address: IpAddr, bits: u8) -> Option<IpAddr> {
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits)?).unwrap_or(0);
            Some(Ipv4Addr::from_bits(address.to_bits() & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.checked_sub(bits)?).unwrap_or(0);
            Some(Ipv6Addr::from_bits(address.to_bits() & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_say_which_addresses() {
        for (subnet, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.1.2.3/8", "10.0.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("0.0.0.0/0", "10.0.0.2", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8::5", true),
            ("::/0", "2001:db9::5", true),
        ] {
            let found = Subnet::parse(subnet).unwrap().contains(address.parse().unwrap());
            assert_eq!(found, expected, "{subnet} {address}");
        }
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "x/8", "::/129", "10.0.0.0/-1"] {
            assert_eq!(Subnet::parse(wrong), None, "{wrong}");
        }
    }
}
