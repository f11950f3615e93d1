//! Tables by the Arrow PyCapsule interface.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, NullArray, RecordBatch, RecordBatchOptions, StringArray,
    StructArray, TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use bantam::cli::exit::Failure;
use bantam::settings::TableInMemory;
use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyCapsule, PyFloat, PyInt, PyString};
use pyo3_arrow::PyTable;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};

use crate::raised;

/// A table of Arrow record batches.
#[pyclass(frozen, module = "bantam._bantam")]
pub(crate) struct Table(pub(crate) TableInMemory);

#[pymethods]
impl Table {
    /// Takes a table from whatever has the PyCapsule interface, without copying it.
    #[new]
    fn new(frame: PyTable) -> PyResult<Self> {
        let (batches, schema) = frame.into_inner();
        // What pandas makes of an index without a name is no column of anybody.
        let is_column = |name: &str| !name.starts_with("__index_level_");
        let kept: Vec<usize> = (0..schema.fields().len()).filter(|&at| is_column(schema.field(at).name())).collect();
        if kept.len() == schema.fields().len() {
            return Ok(Self(TableInMemory::new(schema, batches)));
        }
        let batches = batches.iter().map(|batch| batch.project(&kept)).collect::<Result<Vec<_>, _>>();
        let schema = schema.project(&kept).map_err(|error| unfit(&error))?;
        Ok(Self(TableInMemory::new(Arc::new(schema), batches.map_err(|error| unfit(&error))?)))
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.0.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.0.n_rows()
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = self.0.schema();
        let field = Field::new_struct("", schema.fields().clone(), false).with_metadata(schema.metadata().clone());
        let batches = self.0.batches().to_vec();
        let arrays = batches.into_iter().map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
        let reader = Box::new(ArrayIterator::new(arrays, Arc::new(field)));
        Ok(to_stream_pycapsule(py, reader, requested_schema)?)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.0.schema().as_ref())?)
    }

    /// Values of a numeric column of scores, as a list; nothing where it is none.
    fn numbers(&self, column: &str) -> Option<Vec<f64>> {
        let mut all = Vec::with_capacity(self.0.n_rows());
        for batch in self.0.batches() {
            let values = batch.column_by_name(column)?.as_any().downcast_ref::<Float64Array>()?.values().to_vec();
            all.extend(values);
        }
        Some(all)
    }

    /// Values of a column of numbers, as Python has them.
    fn values<'py>(&self, py: Python<'py>, column: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
        use arrow_array::cast::AsArray;
        use arrow_array::types::{Float64Type, Int32Type, Int64Type};
        let mut all = Vec::with_capacity(self.0.n_rows());
        for batch in self.0.batches() {
            let Some(array) = batch.column_by_name(column) else { continue };
            for row in 0..array.len() {
                all.push(match array.data_type() {
                    _ if array.is_null(row) => py.None().into_bound(py),
                    DataType::Float64 => array.as_primitive::<Float64Type>().value(row).into_pyobject(py)?.into_any(),
                    DataType::Int64 => array.as_primitive::<Int64Type>().value(row).into_pyobject(py)?.into_any(),
                    DataType::Int32 => array.as_primitive::<Int32Type>().value(row).into_pyobject(py)?.into_any(),
                    _ => py.None().into_bound(py),
                });
            }
        }
        Ok(all)
    }

    /// The same as bytes of float64 in this machine's order, for numpy.
    fn number_bytes<'py>(&self, py: Python<'py>, column: &str) -> Option<Bound<'py, pyo3::types::PyBytes>> {
        let bytes: Vec<u8> = self.numbers(column)?.iter().flat_map(|value| value.to_ne_bytes()).collect();
        Some(pyo3::types::PyBytes::new(py, &bytes))
    }
}

/// Python's error for a table that Arrow refuses.
fn unfit(error: &ArrowError) -> PyErr {
    Python::attach(|py| raised(py, &Failure::bad_data(format!("the table cannot be used: {error}"))))
}

/// A table of columns: name, kind (`float`, `int`, `bool`, `time`: buffers of float64, int64, uint8, microseconds; `objects`: a
/// sequence; `table`: a table that has the column) and values.
#[pyfunction]
pub(crate) fn table_of_columns(columns: Vec<(String, String, Bound<'_, PyAny>)>, n_rows: usize) -> PyResult<Table> {
    let mut fields = Vec::with_capacity(columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.len());
    for (name, kind, values) in columns {
        let array = match values.cast::<Table>() {
            Ok(table) => column_of(table.get(), &name)?,
            Err(_) => array_of(&kind, &values)?,
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let options = RecordBatchOptions::new().with_row_count(Some(n_rows));
    let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map_err(|error| unfit(&error))?;
    Ok(Table(TableInMemory::new(schema, vec![batch])))
}

/// A column of a table in one piece.
fn column_of(table: &Table, name: &str) -> PyResult<ArrayRef> {
    let parts: Vec<ArrayRef> =
        table.0.batches().iter().filter_map(|batch| batch.column_by_name(name).cloned()).collect();
    let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
    match parts.as_slice() {
        [only] => Ok(only.slice(0, only.len())),
        parts => arrow_select::concat::concat(parts).map_err(|error| unfit(&error)),
    }
}

fn array_of(kind: &str, values: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let py = values.py();
    Ok(match kind {
        "float" => {
            let numbers = PyBuffer::<f64>::get(values)?.to_vec(py)?;
            if numbers.iter().any(|number| number.is_nan()) {
                Arc::new(
                    numbers.into_iter().map(|number| (!number.is_nan()).then_some(number)).collect::<Float64Array>(),
                )
            } else {
                Arc::new(Float64Array::from(numbers))
            }
        }
        "int" => Arc::new(Int64Array::from(PyBuffer::<i64>::get(values)?.to_vec(py)?)),
        "bool" => {
            let flags = PyBuffer::<u8>::get(values)?.to_vec(py)?;
            Arc::new(BooleanArray::from(flags.into_iter().map(|flag| flag != 0).collect::<Vec<_>>()))
        }
        "time" => {
            let moments = PyBuffer::<i64>::get(values)?.to_vec(py)?;
            let known = moments.into_iter().map(|moment| (moment != i64::MIN).then_some(moment));
            Arc::new(known.collect::<TimestampMicrosecondArray>())
        }
        _ => array_of_objects(values)?,
    })
}

/// An array of what Python's own values have in common: yes and no, whole numbers, numbers, otherwise text.
fn array_of_objects(values: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    let objects = values.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    let known: Vec<Option<Bound<'_, PyAny>>> =
        objects.into_iter().map(|value| (!is_missing(&value)).then_some(value)).collect();
    let are_all = |is: &dyn Fn(&Bound<'_, PyAny>) -> bool| known.iter().flatten().all(is);
    let is_flag = |value: &Bound<'_, PyAny>| value.is_instance_of::<PyBool>();
    let is_whole = |value: &Bound<'_, PyAny>| value.is_instance_of::<PyInt>() && !is_flag(value);
    let is_number = |value: &Bound<'_, PyAny>| is_whole(value) || value.is_instance_of::<PyFloat>();
    if known.iter().all(Option::is_none) {
        return Ok(Arc::new(NullArray::new(known.len())));
    }
    if are_all(&is_flag) {
        let flags = known.iter().map(|value| value.as_ref().map(|value| value.extract::<bool>()).transpose());
        return Ok(Arc::new(flags.collect::<PyResult<BooleanArray>>()?));
    }
    if are_all(&is_whole) {
        let whole = known.iter().map(|value| value.as_ref().map(|value| value.extract::<i64>()).transpose());
        if let Ok(whole) = whole.collect::<PyResult<Int64Array>>() {
            return Ok(Arc::new(whole));
        }
    }
    if are_all(&is_number) {
        let numbers = known.iter().map(|value| value.as_ref().map(|value| value.extract::<f64>()).transpose());
        return Ok(Arc::new(numbers.collect::<PyResult<Float64Array>>()?));
    }
    let text =
        |value: &Option<Bound<'_, PyAny>>| value.as_ref().map(|value| value.str()?.extract::<String>()).transpose();
    let texts: StringArray = known.iter().map(text).collect::<PyResult<StringArray>>()?;
    debug_assert_eq!(*texts.data_type(), DataType::Utf8);
    Ok(Arc::new(texts))
}

/// None, NaN, NaT and pandas' NA.
fn is_missing(value: &Bound<'_, PyAny>) -> bool {
    if value.is_none() {
        return true;
    }
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyInt>() {
        return false;
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return number.value().is_nan();
    }
    value.get_type().name().is_ok_and(|name| name == "NAType" || name == "NaTType")
}
