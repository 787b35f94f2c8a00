//! The table of a device's parameters, written once: an enum of names, their descriptions, and the way between both.

/// Declares `Id` and `parameters()` of a device, one line a parameter, by ascending id:
/// `Name = id, "Group", "Name", unit, minimum..=maximum, default, "What it does.";`
///
/// The ids are in songs: they are never changed or reused.
macro_rules! parameter_table {
    ($($variant:ident = $id:literal, $module:literal, $name:literal, $unit:expr,
       $minimum:literal ..= $maximum:literal, $default:literal, $meaning:literal;)*) => {
        /// The parameters by name, in the order of the table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Id {
            $(#[doc = $meaning] $variant,)*
        }

        pub(super) const ALL: &[Id] = &[$(Id::$variant),*];

        const TABLE: &[$crate::parameter::ParameterSpec] = &[$($crate::parameter::ParameterSpec {
            id: $id,
            name: $name,
            module: $module,
            minimum: $minimum,
            maximum: $maximum,
            default_value: $default,
            unit: $unit,
            meaning: $meaning,
        }),*];

        /// [any] The parameters by ascending id.
        #[must_use]
        pub fn parameters() -> &'static [$crate::parameter::ParameterSpec] {
            TABLE
        }

        impl Id {
            /// How many there are.
            pub const COUNT: usize = ALL.len();

            /// [any] The number it has in songs.
            #[must_use]
            pub fn number(self) -> u32 {
                TABLE[self as usize].id
            }

            /// [any] The parameter with this number.
            #[must_use]
            pub fn from_number(number: u32) -> Option<Self> {
                TABLE.binary_search_by_key(&number, |parameter| parameter.id).ok().map(|at| ALL[at])
            }

            /// [any] Its description.
            #[must_use]
            pub fn spec(self) -> &'static $crate::parameter::ParameterSpec {
                &TABLE[self as usize]
            }
        }
    };
}

pub(crate) use parameter_table;
