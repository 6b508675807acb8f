// JSON text (RFC 8259): a reader that builds a tree, and a writer that appends to a growing buffer.
#ifndef OPENXPU_JSON_H
#define OPENXPU_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

typedef struct json {
  json_kind kind;
  bool is_integer;          // the number was written without fraction or exponent and fits int64
  const char *key;          // of a member of an object, else NULL
  const char *text;         // of a string, NUL-terminated UTF-8
  size_t length;            // bytes of a string, members of an array or object
  double number;
  int64_t integer;          // the number truncated to int64, or 0 where it does not fit
  struct json *first;       // members in order of appearance
  struct json *next;
} json;

typedef struct json_document json_document;

// Returns NULL when `text` is not one JSON value; `error` then says why. All nodes live until json_release.
json_document *json_parse(const char *text, size_t length, const char **error);
const json *json_root(const json_document *document);
void json_release(json_document *document);

// A member of an object, or NULL; `object` may be NULL or of another kind.
const json *json_get(const json *object, const char *key);
const char *json_text(const json *object, const char *key, const char *fallback);
int64_t json_integer(const json *object, const char *key, int64_t fallback);

typedef struct {
  char *bytes;
  size_t length, capacity;
  bool comma;               // the next member needs a comma before it
} json_writer;

// `key` is NULL inside arrays and at the top.
void json_begin(json_writer *writer, const char *key, char bracket);
void json_end(json_writer *writer, char bracket);
void json_put_text(json_writer *writer, const char *key, const char *text);
// Bytes of unknown origin: what is not UTF-8 becomes U+FFFD.
void json_put_bytes(json_writer *writer, const char *key, const char *bytes, size_t length);
void json_put_integer(json_writer *writer, const char *key, int64_t value);
void json_put_bool(json_writer *writer, const char *key, bool value);
// `text` is trusted JSON and goes out as it is.
void json_put_raw(json_writer *writer, const char *key, const char *text, size_t length);
void json_clear(json_writer *writer);

#endif
