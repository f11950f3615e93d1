//! Types of columns: which can be used, and what they are called in a message.

use arrow_schema::{DataType, TimeUnit};
use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit as ParquetUnit, Type as Physical};
use parquet::schema::types::Type as ParquetType;

/// The type of a column, before a row of it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ColumnType {
    /// Text, a number, a date, yes and no: it will be read as this.
    Usable(DataType),
    /// A list, bytes, ...: it will not be read. In words.
    Unusable(String),
}

impl ColumnType {
    /// What a column of Arrow is.
    pub(super) fn of_arrow(data_type: &DataType) -> Self {
        match data_type {
            DataType::Dictionary(_, values) => Self::of_arrow(values),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Usable(DataType::Utf8),
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
                Self::Usable(DataType::Float64)
            }
            DataType::Boolean | DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Null => {
                Self::Usable(data_type.clone())
            }
            number if number.is_numeric() && *number != DataType::Float16 => Self::Usable(number.clone()),
            other => Self::Unusable(in_words(other)),
        }
    }

    /// What a root field of a Parquet schema is.
    pub(super) fn of_parquet(field: &ParquetType) -> Self {
        let unusable = |words: &str| Self::Unusable(words.to_owned());
        if field.is_group() {
            return match field.get_basic_info().logical_type_ref() {
                Some(LogicalType::List) => unusable("lists"),
                Some(LogicalType::Map) => unusable("maps"),
                _ => unusable("structs"),
            };
        }
        if field.get_basic_info().has_repetition() && field.get_basic_info().repetition() == Repetition::REPEATED {
            return unusable("lists");
        }
        match of_logical(field) {
            Some(column_type) => column_type,
            None => Self::of_physical(field.get_physical_type()),
        }
    }

    fn of_physical(physical: Physical) -> Self {
        match physical {
            Physical::BOOLEAN => Self::Usable(DataType::Boolean),
            Physical::INT32 => Self::Usable(DataType::Int32),
            Physical::INT64 => Self::Usable(DataType::Int64),
            Physical::INT96 => Self::Usable(DataType::Timestamp(TimeUnit::Microsecond, None)),
            Physical::FLOAT => Self::Usable(DataType::Float32),
            Physical::DOUBLE => Self::Usable(DataType::Float64),
            Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Self::Unusable("bytes".to_owned()),
        }
    }

    /// In words, for messages.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Usable(data_type) => in_words(data_type),
            Self::Unusable(words) => words.clone(),
        }
    }

    /// Bytes a value takes in memory at least.
    pub(super) fn width(&self) -> u128 {
        match self {
            Self::Usable(DataType::Boolean | DataType::Null | DataType::Int8 | DataType::UInt8) => 1,
            Self::Usable(DataType::Int16 | DataType::UInt16) => 2,
            Self::Usable(DataType::Int32 | DataType::UInt32 | DataType::Float32 | DataType::Date32) => 4,
            // A view of 16 bytes, whether or not the text fits into it.
            Self::Usable(DataType::Utf8) => 16,
            Self::Usable(_) => 8,
            Self::Unusable(_) => 0,
        }
    }
}

/// The type that an annotation of the schema gives; `None` leaves it to the physical type.
fn of_logical(field: &ParquetType) -> Option<ColumnType> {
    let info = field.get_basic_info();
    let usable = |data_type| Some(ColumnType::Usable(data_type));
    let unusable = |words: &str| Some(ColumnType::Unusable(words.to_owned()));
    match info.logical_type_ref() {
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => return usable(DataType::Utf8),
        Some(LogicalType::Decimal(_)) => return usable(DataType::Float64),
        Some(LogicalType::Date) => return usable(DataType::Date32),
        Some(LogicalType::Time(_)) => return unusable("times of day"),
        Some(LogicalType::Timestamp(stamp)) => {
            let unit = match stamp.unit {
                ParquetUnit::MILLIS => TimeUnit::Millisecond,
                ParquetUnit::MICROS => TimeUnit::Microsecond,
                ParquetUnit::NANOS => TimeUnit::Nanosecond,
            };
            return usable(DataType::Timestamp(unit, stamp.is_adjusted_to_u_t_c.then(|| "UTC".into())));
        }
        Some(LogicalType::Integer(int)) => return whole_number(int.bit_width, int.is_signed).map(ColumnType::Usable),
        Some(LogicalType::Unknown) => return usable(DataType::Null),
        Some(LogicalType::Bson) => return unusable("BSON documents"),
        Some(LogicalType::Uuid) => return unusable("UUIDs as bytes"),
        Some(LogicalType::Float16) => return unusable("half-precision numbers"),
        Some(_) => return unusable("values of a type this version does not know"),
        None => {}
    }
    match info.converted_type() {
        ConvertedType::NONE => None,
        ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON => usable(DataType::Utf8),
        ConvertedType::DECIMAL => usable(DataType::Float64),
        ConvertedType::DATE => usable(DataType::Date32),
        ConvertedType::TIMESTAMP_MILLIS => usable(DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))),
        ConvertedType::TIMESTAMP_MICROS => usable(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        ConvertedType::TIME_MILLIS | ConvertedType::TIME_MICROS => unusable("times of day"),
        ConvertedType::INTERVAL => unusable("spans of time"),
        ConvertedType::BSON => unusable("BSON documents"),
        ConvertedType::INT_8 => usable(DataType::Int8),
        ConvertedType::INT_16 => usable(DataType::Int16),
        ConvertedType::INT_32 => usable(DataType::Int32),
        ConvertedType::INT_64 => usable(DataType::Int64),
        ConvertedType::UINT_8 => usable(DataType::UInt8),
        ConvertedType::UINT_16 => usable(DataType::UInt16),
        ConvertedType::UINT_32 => usable(DataType::UInt32),
        ConvertedType::UINT_64 => usable(DataType::UInt64),
        ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => unusable("lists"),
    }
}

fn whole_number(n_bits: i8, is_signed: bool) -> Option<DataType> {
    match (n_bits, is_signed) {
        (8, true) => Some(DataType::Int8),
        (16, true) => Some(DataType::Int16),
        (32, true) => Some(DataType::Int32),
        (64, true) => Some(DataType::Int64),
        (8, false) => Some(DataType::UInt8),
        (16, false) => Some(DataType::UInt16),
        (32, false) => Some(DataType::UInt32),
        (64, false) => Some(DataType::UInt64),
        _ => None,
    }
}

/// A type as a message calls it.
pub(super) fn in_words(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "yes or no".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Dictionary(_, values) => in_words(values),
        DataType::Date32 | DataType::Date64 => "dates".to_owned(),
        DataType::Timestamp(_, None) => "times without a zone".to_owned(),
        DataType::Timestamp(_, Some(zone)) => format!("times in zone {zone}"),
        DataType::Time32(_) | DataType::Time64(_) => "times of day".to_owned(),
        DataType::Duration(_) | DataType::Interval(_) => "spans of time".to_owned(),
        DataType::Null => "nothing but missing values".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "bytes".to_owned()
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => "lists".to_owned(),
        DataType::Struct(_) => "structs".to_owned(),
        DataType::Map(..) => "maps".to_owned(),
        DataType::Float16 => "half-precision numbers".to_owned(),
        number if number.is_integer() => "whole numbers".to_owned(),
        number if number.is_numeric() => "numbers".to_owned(),
        other => format!("values of type {other}"),
    }
}
