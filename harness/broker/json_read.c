// The JSON reader: recursive descent over the text, nodes and strings in a chunked arena.
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024, MAX_DEPTH = 64 };

typedef struct chunk {
  struct chunk *next;
  size_t used, size;
  _Alignas(16) char bytes[];
} chunk;

struct json_document {
  chunk *chunks;
  json *root;
};

typedef struct {
  json_document *document;
  const char *at, *end;
  const char *error;
} reader;

static void *take(json_document *document, size_t size) {
  size = (size + 15) & ~(size_t)15;
  chunk *top = document->chunks;
  if (!top || top->size - top->used < size) {
    size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
    top = malloc(sizeof(chunk) + room);
    if (!top) abort();
    *top = (chunk){.next = document->chunks, .size = room};
    document->chunks = top;
  }
  void *memory = top->bytes + top->used;
  top->used += size;
  return memory;
}

static bool fail(reader *in, const char *error) {
  if (!in->error) in->error = error;
  return false;
}

static void skip_space(reader *in) {
  while (in->at < in->end && strchr(" \t\r\n", *in->at) && *in->at) in->at++;
}

static bool eat(reader *in, const char *word) {
  size_t length = strlen(word);
  if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0) return false;
  in->at += length;
  return true;
}

static int hex4(reader *in) {
  if (in->end - in->at < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; i++) {
    char c = *in->at++;
    int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static char *put_utf8(char *out, uint32_t code) {
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
    *out++ = (char)(0x80 | (code & 63));
  } else if (code < 0x10000) {
    *out++ = (char)(0xE0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 63));
    *out++ = (char)(0x80 | (code & 63));
  } else {
    *out++ = (char)(0xF0 | code >> 18);
    *out++ = (char)(0x80 | (code >> 12 & 63));
    *out++ = (char)(0x80 | (code >> 6 & 63));
    *out++ = (char)(0x80 | (code & 63));
  }
  return out;
}

static bool read_escape(reader *in, char **out) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (in->at == in->end) return fail(in, "unterminated string");
  char c = *in->at++;
  const char *found = c ? strchr(from, c) : NULL;
  if (found) {
    *(*out)++ = to[found - from];
    return true;
  }
  if (c != 'u') return fail(in, "unknown escape");
  int high = hex4(in);
  if (high < 0) return fail(in, "bad \\u escape");
  uint32_t code = (uint32_t)high;
  if (code >= 0xD800 && code < 0xDC00) {
    int low = eat(in, "\\u") ? hex4(in) : -1;
    if (low < 0xDC00 || low > 0xDFFF) return fail(in, "lone surrogate");
    code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
  } else if (code == 0 || (code >= 0xDC00 && code < 0xE000)) {
    return fail(in, code ? "lone surrogate" : "NUL in a string");
  }
  *out = put_utf8(*out, code);
  return true;
}

// The decoded text is never longer than its escaped form, so its room is known once the closing quote is found.
static const char *read_string(reader *in, size_t *length) {
  const char *close = in->at;
  while (close < in->end && *close != '"') close += *close == '\\' && close + 1 < in->end ? 2 : 1;
  if (close >= in->end) return fail(in, "unterminated string"), NULL;
  char *text = take(in->document, (size_t)(close - in->at) + 1), *out = text;
  while (*in->at != '"') {
    char c = *in->at++;
    if ((unsigned char)c < 0x20) return fail(in, "control character in a string"), NULL;
    if (c != '\\') *out++ = c;
    else if (!read_escape(in, &out)) return NULL;
  }
  in->at++;
  *out = 0;
  *length = (size_t)(out - text);
  return text;
}

static bool read_number(reader *in, json *node) {
  char text[64];
  size_t length = 0;
  bool integer = true;
  while (in->at < in->end && *in->at && strchr("+-.0123456789eE", *in->at)) {
    if (length == sizeof text - 1) return fail(in, "number too long");
    if (strchr(".eE", *in->at)) integer = false;
    text[length++] = *in->at++;
  }
  text[length] = 0;
  char *end;
  node->kind = JSON_NUMBER;
  node->number = strtod(text, &end);
  if (!length || *end || !isfinite(node->number)) return fail(in, "bad number");
  bool fits = fabs(node->number) < 9.2e18;
  node->integer = integer && fits ? strtoll(text, NULL, 10) : fits ? (int64_t)node->number : 0;
  node->is_integer = integer && fits;
  return true;
}

static bool read_value(reader *in, json *node, int depth);

static bool read_members(reader *in, json *node, char close, int depth) {
  json **link = &node->first;
  skip_space(in);
  if (in->at < in->end && *in->at == close) return in->at++, true;
  for (;;) {
    json *member = take(in->document, sizeof *member);
    *member = (json){0};
    skip_space(in);
    if (close == '}') {
      size_t length;
      if (!eat(in, "\"") || !(member->key = read_string(in, &length))) return fail(in, "expected a key");
      skip_space(in);
      if (!eat(in, ":")) return fail(in, "expected a colon");
    }
    if (!read_value(in, member, depth + 1)) return false;
    *link = member;
    link = &member->next;
    node->length++;
    skip_space(in);
    if (in->at == in->end) return fail(in, "unexpected end");
    char c = *in->at++;
    if (c == close) return true;
    if (c != ',') return fail(in, "expected a comma");
  }
}

static bool read_value(reader *in, json *node, int depth) {
  if (depth > MAX_DEPTH) return fail(in, "nested too deeply");
  skip_space(in);
  if (eat(in, "null")) return true;
  if (eat(in, "true")) return node->kind = JSON_TRUE, true;
  if (eat(in, "false")) return node->kind = JSON_FALSE, true;
  if (eat(in, "\"")) return node->kind = JSON_STRING, (node->text = read_string(in, &node->length)) != NULL;
  if (eat(in, "[")) return node->kind = JSON_ARRAY, read_members(in, node, ']', depth);
  if (eat(in, "{")) return node->kind = JSON_OBJECT, read_members(in, node, '}', depth);
  return read_number(in, node);
}

json_document *json_parse(const char *text, size_t length, const char **error) {
  json_document *document = calloc(1, sizeof *document);
  if (!document) abort();
  document->root = take(document, sizeof(json));
  *document->root = (json){0};
  reader in = {.document = document, .at = text, .end = text + length};
  if (read_value(&in, document->root, 0)) {
    skip_space(&in);
    if (in.at == in.end) return document;
    fail(&in, "text after the value");
  }
  *error = in.error;
  json_release(document);
  return NULL;
}

const json *json_root(const json_document *document) { return document->root; }

void json_release(json_document *document) {
  if (!document) return;
  for (chunk *at = document->chunks, *next; at; at = next) {
    next = at->next;
    free(at);
  }
  free(document);
}

const json *json_get(const json *object, const char *key) {
  if (!object || object->kind != JSON_OBJECT) return NULL;
  for (const json *member = object->first; member; member = member->next)
    if (strcmp(member->key, key) == 0) return member;
  return NULL;
}

const char *json_text(const json *object, const char *key, const char *fallback) {
  const json *member = json_get(object, key);
  return member && member->kind == JSON_STRING ? member->text : fallback;
}

int64_t json_integer(const json *object, const char *key, int64_t fallback) {
  const json *member = json_get(object, key);
  return member && member->kind == JSON_NUMBER ? member->integer : fallback;
}
