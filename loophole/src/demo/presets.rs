//! The sounds of the demo song: parameter values of built-in devices and of two plugins. Ids are those of the devices.

/// Parameter ids and values, by ascending id; what is not named stays at the device's own value.
pub struct Preset {
    /// See the device's parameter table.
    pub values: &'static [(u32, f64)],
}

/// A sine that falls from three octaves up.
pub const KICK: Preset = Preset {
    values: &[
        (1, 3.0),
        (10, 3.0),
        (21, 3_200.0),
        (26, 7.0),
        (30, 0.8),
        (31, 900.0),
        (32, 0.0),
        (33, 200.0),
        (34, 60.0),
        (50, 26.0),
        (51, 110.0),
    ],
};

/// A short tone under noise.
pub const SNARE: Preset = Preset {
    values: &[
        (1, 2.0),
        (3, 55.0),
        (10, 70.0),
        (20, 0.0),
        (21, 9_000.0),
        (23, -1.2),
        (30, 0.3),
        (31, 520.0),
        (32, 0.0),
        (33, 300.0),
        (34, 80.0),
        (50, 9.0),
        (51, 40.0),
        (72, 20.0),
        (80, 2.0),
    ],
};

/// Noise above 7 kHz.
pub const HAT: Preset = Preset {
    values: &[
        (3, 0.0),
        (10, 100.0),
        (20, 3.0),
        (21, 5_200.0),
        (22, 15.0),
        (24, 0.0),
        (30, 0.3),
        (31, 150.0),
        (32, 0.0),
        (33, 90.0),
        (34, 90.0),
        (80, 3.0),
    ],
};

/// Noise that swells and ebbs.
pub const WASH: Preset = Preset {
    values: &[
        (3, 6.0),
        (10, 90.0),
        (20, 0.0),
        (21, 420.0),
        (22, 28.0),
        (23, 3.4),
        (30, 5_200.0),
        (31, 4_000.0),
        (32, 60.0),
        (33, 2_600.0),
        (40, 6_000.0),
        (41, 5_000.0),
        (42, 30.0),
        (43, 2_500.0),
        (60, 0.19),
        (62, 0.7),
        (72, 80.0),
        (80, 9.0),
    ],
};

/// Saw and sub, closed by an envelope.
pub const BASS: Preset = Preset {
    values: &[
        (1, 0.0),
        (3, 62.0),
        (4, 1.0),
        (5, -12.0),
        (6, 4.0),
        (7, 28.0),
        (9, 55.0),
        (20, 1.0),
        (21, 300.0),
        (22, 22.0),
        (23, 2.3),
        (24, 30.0),
        (25, 0.8),
        (26, 5.0),
        (30, 2.0),
        (31, 700.0),
        (32, 55.0),
        (33, 140.0),
        (41, 320.0),
        (42, 12.0),
        (70, 1.0),
        (71, 18.0),
    ],
};

/// Between electric piano and soft brass.
pub const KEYS: Preset = Preset {
    values: &[
        (1, 2.0),
        (3, 70.0),
        (4, 3.0),
        (5, 12.0),
        (6, 5.0),
        (7, 34.0),
        (20, 0.0),
        (21, 1_900.0),
        (22, 8.0),
        (23, 1.6),
        (25, 1.4),
        (30, 2.0),
        (31, 1_500.0),
        (32, 28.0),
        (33, 320.0),
        (34, 85.0),
        (41, 500.0),
        (42, 10.0),
        (60, 5.2),
        (61, 4.0),
        (72, 35.0),
        (80, 4.0),
    ],
};

/// Two detuned saws that open slowly.
pub const PAD: Preset = Preset {
    values: &[
        (1, 0.0),
        (3, 55.0),
        (4, 0.0),
        (6, 13.0),
        (7, 55.0),
        (20, 1.0),
        (21, 900.0),
        (22, 12.0),
        (23, 1.2),
        (30, 700.0),
        (31, 2_000.0),
        (32, 85.0),
        (33, 1_600.0),
        (40, 1_400.0),
        (41, 3_000.0),
        (42, 55.0),
        (43, 1_500.0),
        (60, 0.23),
        (62, 0.55),
        (72, 85.0),
        (80, 3.0),
    ],
};

/// A short, bright string.
pub const PLUCK: Preset = Preset {
    values: &[
        (1, 0.0),
        (3, 60.0),
        (4, 1.0),
        (6, 8.0),
        (7, 40.0),
        (8, 32.0),
        (20, 1.0),
        (21, 700.0),
        (22, 26.0),
        (23, 3.0),
        (25, 1.2),
        (30, 0.8),
        (31, 900.0),
        (32, 0.0),
        (33, 600.0),
        (34, 80.0),
        (41, 420.0),
        (42, 0.0),
        (72, 55.0),
        (80, 8.0),
    ],
};

/// A singing lead with a late vibrato.
pub const LEAD: Preset = Preset {
    values: &[
        (1, 0.0),
        (3, 58.0),
        (4, 1.0),
        (6, -9.0),
        (7, 42.0),
        (8, 40.0),
        (20, 1.0),
        (21, 2_300.0),
        (22, 14.0),
        (23, 1.0),
        (25, 0.8),
        (30, 14.0),
        (31, 1_400.0),
        (32, 72.0),
        (33, 240.0),
        (41, 700.0),
        (42, 40.0),
        (60, 5.4),
        (61, 13.0),
        (63, 350.0),
        (70, 2.0),
        (71, 45.0),
        (72, 25.0),
        (80, 3.0),
    ],
};

/// Sines an octave and a fifth apart.
pub const BELLS: Preset = Preset {
    values: &[
        (1, 3.0),
        (3, 70.0),
        (4, 3.0),
        (5, 19.0),
        (6, 3.0),
        (7, 26.0),
        (20, 0.0),
        (21, 9_000.0),
        (30, 1.0),
        (31, 2_600.0),
        (32, 0.0),
        (33, 1_800.0),
        (34, 70.0),
        (72, 70.0),
        (80, 4.0),
    ],
};

/// ZamComp: evens the bass out by some 4 dB.
pub const BASS_GLUE: Preset =
    Preset { values: &[(0, 12.0), (1, 110.0), (2, 3.0), (3, 3.0), (4, -20.0), (5, 6.0)] };

/// ZamDelay: dotted eighths at the chorus's tempo, darker with each repeat, echo only.
pub const ECHO: Preset = Preset { values: &[(1, 432.7), (3, 3_400.0), (5, 0.0), (6, 1.0), (7, 0.42)] };

/// EQ of the drums: less box, more air.
pub const DRUM_TONE: Preset =
    Preset { values: &[(31, 340.0), (32, -2.5), (33, 1.2), (71, 9_000.0), (72, 1.5)] };

/// Compressor of the drums: takes 2 or 3 dB off the kick, and lets its start through.
pub const DRUM_GLUE: Preset =
    Preset { values: &[(1, -14.0), (2, 2.0), (3, 8.0), (4, 25.0), (5, 120.0), (7, 60.0), (8, 1.0)] };

/// EQ of keys and pad: leaves the lows to the bass.
pub const ABOVE_THE_BASS: Preset =
    Preset { values: &[(10, 1.0), (11, 130.0), (12, 0.0), (31, 280.0), (32, -1.5)] };

/// Reverb of the room that all share: a small hall, room only.
pub const HALL: Preset = Preset {
    values: &[
        (1, 18.0),
        (2, 110.0),
        (10, 2_100.0),
        (11, 0.9),
        (13, 0.4),
        (20, 180.0),
        (21, 9_000.0),
        (23, 100.0),
    ],
};
