//! A graph in the making: constants, operations, and names that never meet.

use std::collections::BTreeSet;

use super::proto::{
    Attribute, AttributeType, DataType, Dimension, Graph, Node, Shape, Tensor, TensorType, Type, ValueInfo,
};
use crate::export::names::unused;

/// Operators beyond the core set.
pub(super) const ML_DOMAIN: &str = "ai.onnx.ml";

/// How many leads are scored at once: any number, under one name everywhere.
const BATCH: &str = "n_leads";

/// Builds a graph from its inputs to its outputs.
pub(super) struct GraphBuilder {
    graph: Graph,
    taken: BTreeSet<String>,
}

impl GraphBuilder {
    /// - `reserved`: names that only their owners may have: the columns.
    pub(super) fn new<'a>(reserved: impl Iterator<Item = &'a str>) -> Self {
        let taken = reserved.map(str::to_owned).collect();
        Self { graph: Graph { name: "card".to_owned(), ..Graph::default() }, taken }
    }

    pub(super) fn into_graph(self) -> Graph {
        self.graph
    }

    /// `wanted`, or close to it where that is taken.
    pub(super) fn name(&mut self, wanted: &str) -> String {
        unused(wanted, &mut self.taken)
    }

    /// A value per lead that the caller gives.
    pub(super) fn input(&mut self, name: &str, data_type: DataType, words: String) {
        self.graph.input.push(value_info(name, data_type, None, words));
    }

    /// A value per lead that the caller gets.
    ///
    /// - `width`: how many values per lead, where it is more than the one.
    pub(super) fn output(&mut self, name: &str, data_type: DataType, width: Option<usize>, words: &str) {
        self.graph.output.push(value_info(name, data_type, width, words.to_owned()));
    }

    /// A list of whole numbers.
    pub(super) fn ints(&mut self, wanted: &str, int64_data: Vec<i64>) -> String {
        let (dims, data_type) = (vec![int64_data.len() as i64], DataType::Int64.into());
        self.constant(wanted, Tensor { dims, data_type, int64_data, ..Tensor::default() })
    }

    /// One whole number.
    pub(super) fn int(&mut self, wanted: &str, value: i64) -> String {
        let tensor = Tensor { data_type: DataType::Int64.into(), int64_data: vec![value], ..Tensor::default() };
        self.constant(wanted, tensor)
    }

    /// A list of numbers.
    pub(super) fn doubles(&mut self, wanted: &str, double_data: Vec<f64>) -> String {
        let (dims, data_type) = (vec![double_data.len() as i64], DataType::Double.into());
        self.constant(wanted, Tensor { dims, data_type, double_data, ..Tensor::default() })
    }

    /// A list of texts.
    pub(super) fn strings(&mut self, wanted: &str, values: impl Iterator<Item = String>) -> String {
        let string_data: Vec<Vec<u8>> = values.map(String::into_bytes).collect();
        let dims = vec![string_data.len() as i64];
        self.constant(wanted, Tensor { dims, data_type: DataType::String.into(), string_data, ..Tensor::default() })
    }

    fn constant(&mut self, wanted: &str, tensor: Tensor) -> String {
        let name = self.name(wanted);
        self.graph.initializer.push(Tensor { name: name.clone(), ..tensor });
        name
    }

    /// An operation of the core set without attributes; returns the name of its result.
    pub(super) fn core(&mut self, op: &str, inputs: &[&str], wanted: &str) -> String {
        self.core_with(op, inputs, Vec::new(), wanted)
    }

    /// An operation of the core set; returns the name of its result.
    pub(super) fn core_with(&mut self, op: &str, inputs: &[&str], attributes: Vec<Attribute>, wanted: &str) -> String {
        let output = self.name(wanted);
        self.core_to(op, inputs, attributes, &output);
        output
    }

    /// The sum of each row of a table; `axis` is the name of the number of its second axis.
    pub(super) fn row_sums(&mut self, table: &str, axis: &str, wanted: &str) -> String {
        self.core_with("ReduceSum", &[table, axis], vec![int_attribute("keepdims", 0)], wanted)
    }

    /// An operation of the core set with a result of this name.
    pub(super) fn core_to(&mut self, op: &str, inputs: &[&str], attributes: Vec<Attribute>, output: &str) {
        self.node(op, "", inputs, attributes, output);
    }

    /// The whole number of each text; `otherwise` for texts that are not listed.
    pub(super) fn label_encoder(
        &mut self,
        input: &str,
        labels: Vec<(String, i64)>,
        otherwise: i64,
        wanted: &str,
    ) -> String {
        let (keys, values): (Vec<Vec<u8>>, Vec<i64>) =
            labels.into_iter().map(|(text, number)| (text.into_bytes(), number)).unzip();
        let list = |name: &str, r#type: AttributeType| Attribute {
            name: name.to_owned(),
            r#type: r#type.into(),
            ..Attribute::default()
        };
        let attributes = vec![
            Attribute { strings: keys, ..list("keys_strings", AttributeType::Strings) },
            Attribute { ints: values, ..list("values_int64s", AttributeType::Ints) },
            int_attribute("default_int64", otherwise),
        ];
        let output = self.name(wanted);
        self.node("LabelEncoder", ML_DOMAIN, &[input], attributes, &output);
        output
    }

    fn node(&mut self, op: &str, domain: &str, inputs: &[&str], attribute: Vec<Attribute>, output: &str) {
        self.graph.node.push(Node {
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            op_type: op.to_owned(),
            attribute,
            domain: domain.to_owned(),
        });
    }
}

/// An attribute that is a whole number.
pub(super) fn int_attribute(name: &str, value: i64) -> Attribute {
    Attribute { name: name.to_owned(), i: Some(value), r#type: AttributeType::Int.into(), ..Attribute::default() }
}

fn value_info(name: &str, data_type: DataType, width: Option<usize>, words: String) -> ValueInfo {
    let batch = Dimension { dim_param: Some(BATCH.to_owned()), dim_value: None };
    let width = width.map(|width| Dimension { dim_param: None, dim_value: Some(width as i64) });
    let shape = Shape { dim: std::iter::once(batch).chain(width).collect() };
    let tensor_type = TensorType { elem_type: data_type.into(), shape: Some(shape) };
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type: Some(tensor_type) }), doc_string: words }
}
