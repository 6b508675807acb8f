// The JSON writer. Text from a child is untrusted bytes, so every string is checked for UTF-8 on its way out.
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void append(json_writer *writer, const char *bytes, size_t length) {
  if (writer->capacity - writer->length < length + 1) {
    size_t capacity = (writer->length + length + 1) * 2;
    char *grown = realloc(writer->bytes, capacity);
    if (!grown) abort();
    writer->bytes = grown;
    writer->capacity = capacity;
  }
  memcpy(writer->bytes + writer->length, bytes, length);
  writer->length += length;
  writer->bytes[writer->length] = 0;
}

static void append_text(json_writer *writer, const char *text) { append(writer, text, strlen(text)); }

// Length of the well-formed UTF-8 sequence at `at` (Unicode 15, table 3-7), or 0.
static size_t utf8_length(const unsigned char *at, size_t left) {
  unsigned char lead = at[0];
  if (lead < 0x80) return 1;
  size_t length = lead >= 0xF0 && lead <= 0xF4 ? 4 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xC2 && lead < 0xE0 ? 2 : 0;
  if (!length || left < length) return 0;
  for (size_t i = 1; i < length; i++)
    if ((at[i] & 0xC0) != 0x80) return 0;
  bool bad = (lead == 0xE0 && at[1] < 0xA0) || (lead == 0xED && at[1] > 0x9F) || (lead == 0xF0 && at[1] < 0x90) ||
             (lead == 0xF4 && at[1] > 0x8F);
  return bad ? 0 : length;
}

static void append_string(json_writer *writer, const char *bytes, size_t length) {
  append_text(writer, "\"");
  for (size_t i = 0; i < length;) {
    unsigned char c = (unsigned char)bytes[i];
    size_t step = utf8_length((const unsigned char *)bytes + i, length - i);
    char escape[8];
    if (c == '"' || c == '\\') {
      append(writer, (char[]){'\\', (char)c}, 2);
    } else if (c < 0x20 || c == 0x7F) {
      snprintf(escape, sizeof escape, "\\u%04x", c);
      append_text(writer, escape);
    } else if (step == 0) {
      append_text(writer, "\xEF\xBF\xBD");
    } else {
      append(writer, bytes + i, step);
    }
    i += step ? step : 1;
  }
  append_text(writer, "\"");
}

static void start_member(json_writer *writer, const char *key) {
  if (writer->comma) append_text(writer, ",");
  if (key) {
    append_string(writer, key, strlen(key));
    append_text(writer, ":");
  }
  writer->comma = true;
}

void json_begin(json_writer *writer, const char *key, char bracket) {
  start_member(writer, key);
  append(writer, &bracket, 1);
  writer->comma = false;
}

void json_end(json_writer *writer, char bracket) {
  append(writer, &bracket, 1);
  writer->comma = true;
}

void json_put_bytes(json_writer *writer, const char *key, const char *bytes, size_t length) {
  start_member(writer, key);
  append_string(writer, bytes, length);
}

void json_put_text(json_writer *writer, const char *key, const char *text) { json_put_bytes(writer, key, text, strlen(text)); }

void json_put_integer(json_writer *writer, const char *key, int64_t value) {
  char text[24];
  snprintf(text, sizeof text, "%lld", (long long)value);
  start_member(writer, key);
  append_text(writer, text);
}

void json_put_bool(json_writer *writer, const char *key, bool value) {
  start_member(writer, key);
  append_text(writer, value ? "true" : "false");
}

void json_put_raw(json_writer *writer, const char *key, const char *text, size_t length) {
  start_member(writer, key);
  append(writer, text, length);
}

void json_clear(json_writer *writer) {
  free(writer->bytes);
  *writer = (json_writer){0};
}
