//! A request for each operation of an OpenAPI description, with a body of the least that its schema asks for.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Map, Value, json};

/// What stands where an address has a name.
pub struct Places {
    pub document: String,
    pub rubric: String,
    pub user: String,
}

/// One operation as it is described.
pub struct Call {
    pub operation: String,
    method: String,
    path: String,
    /// Names of the query parameters that must be there.
    asked: Vec<String>,
    body: Sent,
}

enum Sent {
    Nothing,
    Json(Value),
    /// A form with one file.
    Form,
    /// Bytes of this media type.
    Bytes(String),
}

/// The operations of a description.
pub fn described(description: &Value) -> Vec<Call> {
    let mut calls = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let asked = parameters
                .iter()
                .filter(|p| p["in"] == "query" && p["required"] == true)
                .map(|p| p["name"].as_str().unwrap().to_owned());
            calls.push(Call {
                operation: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                asked: asked.collect(),
                body: sent(&operation["requestBody"], description),
            });
        }
    }
    calls
}

fn sent(body: &Value, description: &Value) -> Sent {
    let Some((kind, content)) = body["content"].as_object().and_then(|c| c.iter().next()) else {
        return Sent::Nothing;
    };
    match kind.as_str() {
        "application/json" => Sent::Json(least(&content["schema"], description)),
        "multipart/form-data" => Sent::Form,
        kind => Sent::Bytes(kind.to_owned()),
    }
}

/// The least value that a schema takes: what is required, and nothing else.
fn least(schema: &Value, description: &Value) -> Value {
    if let Some(place) = schema["$ref"].as_str() {
        let target = description.pointer(place.trim_start_matches('#')).unwrap();
        return least(target, description);
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(schema) = schema[choice].get(0) {
            return least(schema, description);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = least(part, description) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    if let Some(value) = schema["enum"].get(0) {
        return value.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].clone(),
        kind => kind.clone(),
    };
    match kind.as_str().unwrap_or("object") {
        "string" => json!("x"),
        "integer" | "number" => json!(1),
        "boolean" => json!(false),
        "array" => json!([]),
        "null" => Value::Null,
        _ => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            let fields = required.iter().map(|name| {
                let name = name.as_str().unwrap();
                (name.to_owned(), least(&schema["properties"][name], description))
            });
            Value::Object(fields.collect())
        }
    }
}

impl Call {
    /// Whether it changes nothing, by its method.
    pub fn only_looks(&self) -> bool {
        self.method == "GET"
    }

    /// The request, in nobody's name. It says that it comes from a page, which is another matter than who asks.
    pub fn request(&self, places: &Places) -> Request<Body> {
        let id = match self.path.starts_with("/api/v1/rubrics/") {
            true => &places.rubric,
            false => &places.document,
        };
        let mut path = self.path.replace("{id}", id).replace("{name}", &places.user);
        // Pages, versions, positions: the first.
        while let Some((before, rest)) = path.split_once('{') {
            path = format!("{before}1{}", rest.split_once('}').unwrap().1);
        }
        for (position, name) in self.asked.iter().enumerate() {
            path += &format!("{}{name}=x", if position == 0 { '?' } else { '&' });
        }
        let request = Request::builder()
            .method(self.method.as_str())
            .uri(path)
            .header("x-sohoa", "1");
        let (kind, body) = match &self.body {
            Sent::Nothing => return request.body(Body::empty()).unwrap(),
            Sent::Json(value) => ("application/json".to_owned(), value.to_string()),
            Sent::Form => (
                "multipart/form-data; boundary=frontier".to_owned(),
                "--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n\
                 %PDF-1.7 another\r\n--frontier--\r\n"
                    .to_owned(),
            ),
            Sent::Bytes(kind) => (kind.clone(), "x".to_owned()),
        };
        request
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap()
    }
}
