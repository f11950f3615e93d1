//! The messages of ONNX that a card needs, with the field numbers of `onnx.proto`.
//!
//! What a card leaves out is not declared. `optional` marks fields whose zero has to be written: a reader counts what is there.

use prost::Message;

/// Type of a tensor's elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(super) enum DataType {
    Undefined = 0,
    Int64 = 7,
    String = 8,
    Bool = 9,
    Double = 11,
}

/// Which field of an attribute holds its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(super) enum AttributeType {
    Undefined = 0,
    Int = 2,
    Ints = 7,
    Strings = 8,
}

/// Messages: of each field its number, its type in protobuf, its name and its type here.
macro_rules! messages {
    ($($(#[$doc:meta])* $message:ident { $($number:tt [$($kind:tt)*] $name:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Message)]
        pub(super) struct $message {
            $(#[prost($($kind)*, tag = $number)] pub(super) $name: $type,)*
        }
    )*};
}

messages! {
    Model {
        "1" [int64] ir_version: i64,
        "2" [string] producer_name: String,
        "6" [string] doc_string: String,
        "7" [message, optional] graph: Option<Graph>,
        "8" [message, repeated] opset_import: Vec<OperatorSet>,
        "14" [message, repeated] metadata_props: Vec<Property>,
    }
    /// A version of a set of operators; the core set has no name.
    OperatorSet {
        "1" [string, optional] domain: Option<String>,
        "2" [int64] version: i64,
    }
    Property {
        "1" [string] key: String,
        "2" [string] value: String,
    }
    Graph {
        "1" [message, repeated] node: Vec<Node>,
        "2" [string] name: String,
        "5" [message, repeated] initializer: Vec<Tensor>,
        "11" [message, repeated] input: Vec<ValueInfo>,
        "12" [message, repeated] output: Vec<ValueInfo>,
    }
    /// One operation.
    Node {
        "1" [string, repeated] input: Vec<String>,
        "2" [string, repeated] output: Vec<String>,
        "4" [string] op_type: String,
        "5" [message, repeated] attribute: Vec<Attribute>,
        "7" [string] domain: String,
    }
    Attribute {
        "1" [string] name: String,
        "3" [int64, optional] i: Option<i64>,
        "8" [int64, repeated] ints: Vec<i64>,
        "9" [bytes = "vec", repeated] strings: Vec<Vec<u8>>,
        "20" [enumeration = "AttributeType"] r#type: i32,
    }
    /// Values that are part of the graph.
    Tensor {
        "1" [int64, repeated] dims: Vec<i64>,
        "2" [enumeration = "DataType"] data_type: i32,
        "6" [bytes = "vec", repeated] string_data: Vec<Vec<u8>>,
        "7" [int64, repeated] int64_data: Vec<i64>,
        "8" [string] name: String,
        "10" [double, repeated] double_data: Vec<f64>,
    }
    /// Name and type of an input or an output.
    ValueInfo {
        "1" [string] name: String,
        "2" [message, optional] r#type: Option<Type>,
        "3" [string] doc_string: String,
    }
    Type {
        "1" [message, optional] tensor_type: Option<TensorType>,
    }
    TensorType {
        "1" [enumeration = "DataType"] elem_type: i32,
        "2" [message, optional] shape: Option<Shape>,
    }
    Shape {
        "1" [message, repeated] dim: Vec<Dimension>,
    }
    /// A length that is known, or one that has a name.
    Dimension {
        "1" [int64, optional] dim_value: Option<i64>,
        "2" [string, optional] dim_param: Option<String>,
    }
}
