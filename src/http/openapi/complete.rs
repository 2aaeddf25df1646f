//! What every operation's description has in common, and what its shapes borrow from the published schema of
//! `sohoa/1`: said once, so that a new route has it without a word.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// The published schema of the files that `convert` and the exports write.
const PUBLISHED: &str = include_str!("../../../rubrics/schema/sohoa-1.schema.json");
/// Words of JSON Schema that say more than a shape, and that programs which write clients trip over.
const MORE_THAN_SHAPE: [&str; 7] = [
    "dependentRequired",
    "if",
    "then",
    "else",
    "$defs",
    "$schema",
    "$id",
];
/// Fields of ours that hold a part of a `sohoa/1` file: the shape, its field, the part.
const BORROWED: [(&str, &str, &str); 1] = [("RubricBody", "rubric", "rubric")];
/// Answers that are a whole `sohoa/1` file.
const WHOLE_FILES: [&str; 1] = ["get_document_result"];
const PROBLEM: &str = "#/components/schemas/Problem";

/// The description with all that is said of every operation.
pub fn completed(mut description: Value) -> Result<Value, serde_json::Error> {
    let published: Value = serde_json::from_str(PUBLISHED)?;
    let schemas = &mut description["components"]["schemas"];
    for (name, part) in published["$defs"].as_object().into_iter().flatten() {
        schemas[named(name)] = shape(part);
    }
    schemas[named("document")] = shape(&published);
    for (body, field, part) in BORROWED {
        let place = &mut schemas[body]["properties"][field];
        let mut borrowed = json!({ "$ref": reference(part) });
        if let Some(words) = place.get("description") {
            borrowed["description"] = words.clone();
        }
        *place = borrowed;
    }
    let paths = description["paths"].as_object_mut();
    for operation in paths.into_iter().flatten().flat_map(|(_, operations)| {
        let operations = operations.as_object_mut();
        operations.into_iter().flatten().map(|(_, operation)| operation)
    }) {
        complete(operation);
    }
    Ok(description)
}

fn complete(operation: &mut Value) {
    let whole = WHOLE_FILES.iter().any(|name| operation["operationId"] == *name);
    // `security: [{}]` is for those whom anybody may ask.
    let open = operation["security"]
        .as_array()
        .is_some_and(|ways| ways.contains(&json!({})));
    let takes = |test: fn(&Value) -> bool| {
        let parameters = operation["parameters"].as_array();
        parameters.is_some_and(|parameters| parameters.iter().any(test))
    };
    let refusals = [
        ("401", !open),
        ("404", takes(|parameter| parameter["in"] == "path")),
        ("412", takes(|parameter| parameter["name"] == "If-Match")),
    ];
    let Some(responses) = operation["responses"].as_object_mut() else {
        return;
    };
    for (status, _) in refusals.iter().filter(|(_, happens)| *happens) {
        responses.entry(*status).or_insert_with(
            || json!({ "content": { "application/problem+json": { "schema": { "$ref": PROBLEM } } } }),
        );
    }
    for (status, response) in responses {
        if response["description"].as_str().unwrap_or_default().is_empty() {
            response["description"] = json!(reason(status));
        }
        let contents = response.get_mut("content").and_then(Value::as_object_mut);
        for (kind, content) in contents.into_iter().flatten() {
            if whole && status == "200" {
                content["schema"] = json!({ "$ref": reference("document") });
            } else if kind == "text/event-stream" {
                // What its events hold is told in words and in the schemas; the answer as a whole is text.
                content["schema"] = json!({ "type": "string" });
            } else if kind != "application/json" && content["schema"]["type"] == "array" {
                // Bytes.
                content["schema"] = json!({ "type": "string", "format": "binary" });
            }
        }
    }
}

/// What the status means, as the standard has it.
fn reason(status: &str) -> &'static str {
    let status = status
        .parse()
        .ok()
        .and_then(|code| StatusCode::from_u16(code).ok());
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Answer")
}

/// The name here of a part of the published schema.
fn named(part: &str) -> String {
    let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
    format!("Sohoa{}{rest}", first.to_uppercase())
}

fn reference(part: &str) -> String {
    format!("#/components/schemas/{}", named(part))
}

/// The shape that a schema describes, without the conditions between its fields.
fn shape(schema: &Value) -> Value {
    let fields = match schema {
        Value::Array(items) => return items.iter().map(shape).collect(),
        Value::Object(fields) => fields,
        plain => return plain.clone(),
    };
    if let Some(place) = fields.get("$ref").and_then(Value::as_str) {
        let part = place.rsplit('/').next().unwrap_or_default();
        return json!({ "$ref": reference(part) });
    }
    let mut found = Map::new();
    for (word, value) in fields {
        if MORE_THAN_SHAPE.contains(&word.as_str()) {
            continue;
        }
        let value = match (word.as_str(), value) {
            // Names of fields are no words of the schema.
            ("properties", Value::Object(fields)) => fields
                .iter()
                .map(|(name, field)| (name.clone(), shape(field)))
                .collect::<Map<_, _>>()
                .into(),
            (_, value) => shape(value),
        };
        // A constant that is no text names no kind: what writes clients takes it for a list of names.
        match (word.as_str(), &value) {
            ("const", Value::Bool(_)) => found.insert("type".to_owned(), json!("boolean")),
            _ => found.insert(word.clone(), value),
        };
    }
    if found.contains_key("properties")
        && let Some(Value::Array(kinds)) = found.remove("oneOf")
    {
        merge(&mut found, &kinds);
    }
    Value::Object(found)
}

/// One shape for all kinds of a thing: `type` tells which, and any kind's fields may be there.
fn merge(whole: &mut Map<String, Value>, kinds: &[Value]) {
    let mut names = Vec::new();
    let fields = kinds
        .iter()
        .filter_map(|kind| kind["properties"].as_object())
        .flatten();
    for (name, field) in fields {
        match field.get("const") {
            Some(constant) => names.push(constant.clone()),
            None => {
                let known = whole.get_mut("properties").and_then(Value::as_object_mut);
                if let Some(known) = known {
                    known.entry(name.clone()).or_insert_with(|| field.clone());
                }
            }
        }
    }
    if let Some(known) = whole.get_mut("properties").filter(|_| !names.is_empty()) {
        known["type"] = json!({ "type": "string", "enum": names });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_a_thing_become_one_shape() {
        let schema = json!({
            "type": "object", "required": ["type"], "properties": {"type": {"type": "string"}},
            "oneOf": [
                {"required": ["unit"], "properties": {"type": {"const": "per_unit"}, "unit": {"$ref": "#/$defs/words"}}},
                {"properties": {"type": {"const": "text"}, "max": {"const": true}}, "dependentRequired": {"a": ["b"]}}
            ]
        });
        let expect = json!({
            "type": "object", "required": ["type"],
            "properties": {
                "type": {"type": "string", "enum": ["per_unit", "text"]},
                "max": {"type": "boolean"},
                "unit": {"$ref": "#/components/schemas/SohoaWords"}
            }
        });
        assert_eq!(shape(&schema), expect);
    }

    #[test]
    fn every_answer_is_described_and_says_who_may_ask() {
        let description = json!({
            "components": {"schemas": {"RubricBody": {"properties": {"rubric": {"type": "object"}}}}},
            "paths": {"/a": {
                "get": {"operationId": "a", "responses": {"200": {"content": {"image/jpeg": {"schema": {"type": "array"}}}}}},
                "post": {"operationId": "b", "security": [{}], "responses": {"204": {"description": "done"}}},
                "put": {
                    "operationId": "c", "parameters": [{"name": "If-Match", "in": "header"}, {"name": "id", "in": "path"}],
                    "responses": {}
                }
            }}
        });
        let completed = completed(description).unwrap();
        let get = &completed["paths"]["/a"]["get"]["responses"];
        assert_eq!(get["200"]["description"], "OK");
        assert_eq!(get["200"]["content"]["image/jpeg"]["schema"]["format"], "binary");
        assert_eq!(get["401"]["description"], "Unauthorized");
        let post = &completed["paths"]["/a"]["post"]["responses"];
        assert_eq!(post, &json!({"204": {"description": "done"}}));
        let put = completed["paths"]["/a"]["put"]["responses"].as_object().unwrap();
        assert_eq!(put.keys().collect::<Vec<_>>(), ["401", "404", "412"]);
        let rubric = &completed["components"]["schemas"]["RubricBody"]["properties"]["rubric"];
        assert_eq!(rubric["$ref"], "#/components/schemas/SohoaRubric");
    }
}
