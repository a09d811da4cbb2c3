/* SPDX-License-Identifier: Apache-2.0 */
/* Key=value lines are what regular expressions are slow at: 15 of them on one line cost more
 * than everything else, so `field` and `word_bits` are functions of ours. Times are macros. */
#include "log/functions.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX 64u

/* A text argument of one row. */
struct text {
    const char *bytes;
    size_t length;
};

typedef void (*row_fn)(duckdb_data_chunk input, duckdb_vector output, idx_t row);

static struct text text_at(duckdb_data_chunk input, idx_t column, idx_t row)
{
    duckdb_string_t *strings =
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, column));

    return (struct text){.bytes = duckdb_string_t_data(&strings[row]),
                         .length = duckdb_string_t_length(strings[row])};
}

static bool any_null(duckdb_data_chunk input, idx_t row)
{
    for (idx_t c = 0; c < duckdb_data_chunk_get_column_count(input); c++) {
        uint64_t *mask = duckdb_vector_get_validity(duckdb_data_chunk_get_vector(input, c));

        if (mask != NULL && !duckdb_validity_row_is_valid(mask, row))
            return true;
    }
    return false;
}

static void each_row(duckdb_data_chunk input, duckdb_vector output, row_fn fn)
{
    idx_t count = duckdb_data_chunk_get_size(input);

    for (idx_t row = 0; row < count; row++) {
        if (any_null(input, row))
            duck_set_null(output, row);
        else
            fn(input, output, row);
    }
}

/* The value that begins at `at`: to the next blank or bracket, or within quotes. */
static struct text value_at(const char *at, const char *end)
{
    const char *stop;

    if (at < end && *at == '"' && (stop = memchr(at + 1, '"', (size_t)(end - at - 1))) != NULL)
        return (struct text){.bytes = at + 1, .length = (size_t)(stop - at - 1)};
    for (stop = at; stop < end && *stop != ' ' && *stop != ']'; stop++)
        ;
    return (struct text){.bytes = at, .length = (size_t)(stop - at)};
}

/* The n-th (from 1) value of "key=value" between blanks. */
static bool find_field(struct text line, struct text key, int64_t n, struct text *ret_value)
{
    char wanted[KEY_MAX + 1];
    const char *at = line.bytes, *end = line.bytes + line.length;

    if (key.length >= KEY_MAX)
        return false;
    memcpy(wanted, key.bytes, key.length);
    wanted[key.length] = '=';
    while ((at = memmem(at, (size_t)(end - at), wanted, key.length + 1)) != NULL) {
        bool word = at == line.bytes || at[-1] == ' ' || at[-1] == '[';

        at += key.length + 1;
        if (!word || --n > 0)
            continue;
        *ret_value = value_at(at, end);
        return ret_value->length > 0;
    }
    return false;
}

static void field_row(duckdb_data_chunk input, duckdb_vector output, idx_t row)
{
    struct text value;
    int64_t n = 1;

    if (duckdb_data_chunk_get_column_count(input) == 3)
        n = ((int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 2)))[row];
    if (find_field(text_at(input, 0, row), text_at(input, 1, row), n, &value))
        duckdb_vector_assign_string_element_len(output, row, value.bytes, value.length);
    else
        duck_set_null(output, row);
}

static void field(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    (void)info;
    each_row(input, output, field_row);
}

/* The next word between blanks. @return false at the end */
static bool next_word(struct text *rest, struct text *ret_word)
{
    const char *at = rest->bytes, *end = rest->bytes + rest->length;
    const char *stop;

    while (at < end && *at == ' ')
        at++;
    for (stop = at; stop < end && *stop != ' '; stop++)
        ;
    *ret_word = (struct text){.bytes = at, .length = (size_t)(stop - at)};
    *rest = (struct text){.bytes = stop, .length = (size_t)(end - stop)};
    return stop > at;
}

static void word_bits_row(duckdb_data_chunk input, duckdb_vector output, idx_t row)
{
    struct text line = text_at(input, 0, row);
    struct text words = text_at(input, 1, row);
    struct text word, wanted;
    int64_t bits = 0;

    while (next_word(&line, &word)) {
        struct text rest = words;

        for (int64_t bit = 1; bit < 1 << 16 && next_word(&rest, &wanted); bit <<= 1) {
            if (word.length == wanted.length &&
                memcmp(word.bytes, wanted.bytes, word.length) == 0)
                bits |= bit;
        }
    }
    ((int64_t *)duckdb_vector_get_data(output))[row] = bits;
}

static void word_bits(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    (void)info;
    each_row(input, output, word_bits_row);
}

/* A number as a dotted quad. What is no such number stays as it is, so that the reason why the
 * row is rejected shows it. */
static void ip4_row(duckdb_data_chunk input, duckdb_vector output, idx_t row)
{
    struct text number = text_at(input, 0, row);
    uint64_t value = 0;
    char quad[16];
    size_t i;

    for (i = 0; i < number.length && value <= UINT32_MAX; i++) {
        if (number.bytes[i] < '0' || number.bytes[i] > '9')
            break;
        value = value * 10 + (uint64_t)(number.bytes[i] - '0');
    }
    if (number.length == 0 || i < number.length || value > UINT32_MAX) {
        duckdb_vector_assign_string_element_len(output, row, number.bytes, number.length);
        return;
    }
    (void)snprintf(quad, sizeof(quad), "%u.%u.%u.%u", (unsigned)(value >> 24),
                   (unsigned)(value >> 16 & 255), (unsigned)(value >> 8 & 255),
                   (unsigned)(value & 255));
    duckdb_vector_assign_string_element(output, row, quad);
}

static void ip4(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
    (void)info;
    each_row(input, output, ip4_row);
}

/* Texts that are no number or time give NULL, and never an error. 86400e9: years
 * beyond 4700. */
static const char time_macros[] =
    "CREATE MACRO seconds_us(x) AS TRY_CAST(round(TRY_CAST(x AS DOUBLE) * 1e6) AS BIGINT);"
    "CREATE MACRO epoch_time(x) AS CASE WHEN abs(TRY_CAST(x AS DOUBLE)) < 86400e6 "
    "  THEN make_timestamp(seconds_us(x)) END;"
    "CREATE MACRO epoch_any(x) AS CASE "
    "  WHEN abs(TRY_CAST(x AS DOUBLE)) < 1e11 THEN epoch_time(x) "
    "  WHEN abs(TRY_CAST(x AS DOUBLE)) < 1e14 THEN make_timestamp(TRY_CAST(x AS BIGINT) * "
    "1000) "
    "  WHEN abs(TRY_CAST(x AS DOUBLE)) < 1e17 THEN make_timestamp(TRY_CAST(x AS BIGINT)) "
    "  WHEN abs(TRY_CAST(x AS DOUBLE)) < 9e18 THEN make_timestamp(TRY_CAST(x AS BIGINT) // "
    "1000) "
    "  END;"
    "CREATE MACRO has_zone(x) AS "
    "  regexp_matches(x, ':[0-9.]+ ?([Zz]|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$');"
    /* a leap second is a second like others */
    "CREATE MACRO no_leap(x) AS CASE WHEN contains(x, ':60') "
    "  THEN regexp_replace(x, '(:[0-5][0-9]):60', '\\1:59') ELSE x END;"
    /* RFC 3339 5.6: "t" and "z" may be small */
    "CREATE MACRO iso_text(x) AS no_leap(upper(x));"
    "CREATE MACRO iso_utc(x) AS CASE WHEN has_zone(x) THEN timezone('UTC', "
    "  TRY_CAST(regexp_replace(regexp_replace(iso_text(x), ' ?(UTC|GMT)$', 'Z'), "
    "    ' ?([+-][0-9]{2}):?([0-9]{2})?$', '\\1:\\2') AS TIMESTAMPTZ)) END;"
    "CREATE MACRO iso_local(x) AS CASE WHEN NOT has_zone(x) AND NOT regexp_matches(x, "
    "':.*[+-]') "
    "  THEN TRY_CAST(iso_text(x) AS TIMESTAMP) END;"
    /* Times with the month as a word, as "year month day time|zone": RFC 5322 3.3 and web
     * servers, then asctime() and date(1), then with the year ahead of the time. */
    "CREATE MACRO has_month(x) AS regexp_matches(x, '^([A-Z][a-z]|[0-9]{1,2}[ /-][A-Z][a-z])');"
    "CREATE MACRO worded(x) AS regexp_replace(regexp_replace(regexp_replace("
    "  trim(regexp_replace(x, ' \\(.*\\)$', '')), "
    "  '^([A-Z][a-z]{2,8}[,.]? +)?([0-9]{1,2})[ /-]([A-Z][a-z]{2})[a-z]*[ /-]([0-9]{4})[ :T]"
    "([0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?) ?([A-Z]+|[+-][0-9]{2}:?[0-9]{2})?$', "
    "  '\\4 \\3 \\2 \\5|\\8'), "
    "  '^([A-Z][a-z]{2}[,.]? +)?([A-Z][a-z]{2})[a-z]*[.]? +([0-9]{1,2}) "
    "([0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?) (([A-Z]+|[+-][0-9]{2}:?[0-9]{2}) "
    ")?([0-9]{4})$', "
    "  '\\8 \\2 \\3 \\4|\\7'), "
    "  '^([A-Z][a-z]{2}[,.]? +)?([A-Z][a-z]{2})[a-z]*[.]? +([0-9]{1,2})[,.]? ([0-9]{4})[,.]? "
    "(@ )?([0-9]{1,2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?) ?([A-Z]+|[+-][0-9]{2}:?[0-9]{2})?$', "
    "  '\\4 \\2 \\3 \\6|\\8');"
    "CREATE MACRO worded_stamp(x) AS try_strptime(no_leap(split_part(x, '|', 1)), "
    "  ['%Y %b %d %H:%M:%S', '%Y %b %d %H:%M:%S.%f', '%Y %b %d %H:%M']);"
    "CREATE MACRO zone_digits(x) AS "
    "  TRY_CAST(x[2:3] AS INTEGER) * 60 + TRY_CAST(right(x, 2) AS INTEGER);"
    /* Names of RFC 5322 4.3, and of two zones whose names no other zone bears. */
    "CREATE MACRO zone_minutes(x) AS CASE "
    "  WHEN x LIKE '+%' THEN zone_digits(x) "
    "  WHEN x LIKE '-%' THEN -zone_digits(x) "
    "  WHEN x IN ('Z', 'UT', 'UTC', 'GMT') THEN 0 WHEN x = 'CET' THEN 60 WHEN x = 'CEST' THEN "
    "120 "
    "  WHEN x = 'EST' THEN -300 WHEN x = 'EDT' THEN -240 WHEN x = 'CST' THEN -360 "
    "  WHEN x = 'CDT' THEN -300 WHEN x = 'MST' THEN -420 WHEN x = 'MDT' THEN -360 "
    "  WHEN x = 'PST' THEN -480 WHEN x = 'PDT' THEN -420 END;"
    "CREATE MACRO time_utc(x) AS CASE WHEN has_month(x) "
    "  THEN worded_stamp(worded(x)) - to_minutes(zone_minutes(split_part(worded(x), '|', 2))) "
    "  ELSE iso_utc(x) END;"
    "CREATE MACRO time_local(x) AS CASE WHEN NOT has_month(x) THEN iso_local(x) "
    "  WHEN split_part(worded(x), '|', 2) = '' THEN worded_stamp(worded(x)) END;";

static const char macros[] =
    /* What \\xHH, \\n and the like stand for, as bytes. */
    "CREATE MACRO unescaped(x) AS CASE WHEN contains(x, '\\') THEN unhex(array_to_string("
    "  list_transform(regexp_extract_all(x, '\\\\x[0-9A-Fa-f]{2}|\\\\.|[^\\\\]+|\\\\'), "
    "    s -> CASE WHEN s LIKE '\\x__' THEN s[3:4] WHEN s = '\\n' THEN '0A' "
    "      WHEN s = '\\r' THEN '0D' WHEN s = '\\t' THEN '09' WHEN s = '\\b' THEN '08' "
    "      WHEN s = '\\v' THEN '0B' WHEN s = '\\f' THEN '0C' WHEN s = '\\a' THEN '07' "
    "      WHEN length(s) = 2 AND s LIKE '\\%' THEN hex(s[2]) ELSE hex(s) END), '')) "
    "  ELSE encode(x) END;"
    "CREATE MACRO yearless(x) AS "
    "  try_strptime('2000 ' || no_leap(left(x, 15)), '%Y %b %d %H:%M:%S');"
    /* The head of a syslog line, of RFC 3164, RFC 5424 or rsyslog's own, with or
     * without <PRI>. */
    "CREATE MACRO syslog_head(x) AS CASE WHEN x LIKE '<%' "
    "  THEN regexp_replace(left(x, 64), '^<[0-9]{1,3}>(1 )?', '') ELSE left(x, 40) END;"
    "CREATE MACRO syslog_iso(x) AS CASE WHEN syslog_head(x) BETWEEN '0' AND ':' "
    "  THEN nullif(replace(regexp_extract(syslog_head(x) || ' ', "
    "    '^([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{5,8}([.,][0-9]+)?"
    "( ?(Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?))?)[^0-9A-Za-z+.,-]', 1), ',', '.'), '') END;"
    "CREATE MACRO syslog_yearless(x) AS CASE "
    "  WHEN syslog_head(x) NOT BETWEEN 'A' AND '[' THEN NULL "
    "  WHEN syslog_head(x) LIKE '_______________.%' THEN yearless(syslog_head(x)) "
    "    + to_seconds(TRY_CAST(regexp_extract(syslog_head(x), '[.][0-9]+') AS DOUBLE)) "
    "  ELSE yearless(syslog_head(x)) END;"
    "CREATE MACRO flag_bits(x) AS contains(x, 'F')::INTEGER + 2 * contains(x, 'S')::INTEGER "
    "  + 4 * contains(x, 'R')::INTEGER + 8 * contains(x, 'P')::INTEGER "
    "  + 16 * contains(x, 'A')::INTEGER + 32 * contains(x, 'U')::INTEGER "
    "  + 64 * contains(x, 'E')::INTEGER + 128 * contains(x, 'C')::INTEGER;"
    "CREATE MACRO text_base64(x) AS CASE WHEN regexp_full_match(x, "
    "  '([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?') THEN from_base64(x) END;"
    "CREATE MACRO text_hex(x) AS CASE WHEN regexp_full_match(x, '([0-9A-Fa-f]{2})*') "
    "  THEN unhex(x) END;"
    /* Its services are named for daemons; SipSession, RtpUdpStream and TftpServerHandler for
       classes. */
    "CREATE MACRO dionaea_app(x) AS CASE "
    "  WHEN lower(x) = 'pcap' THEN NULL "
    "  WHEN lower(x) LIKE 'sip%' THEN 'sip' "
    "  WHEN lower(x) LIKE 'rtp%' THEN 'rtp' "
    "  WHEN lower(x) LIKE 'tftp%' THEN 'tftp' "
    "  WHEN lower(x) = 'memcached' THEN 'memcached' "
    "  ELSE regexp_replace(lower(x), 'd$', '') END;"
    /* The default categories of Snort and Suricata (classification.config), long and short. */
    "CREATE MACRO alert_class(x) AS CASE "
    "  WHEN regexp_matches(x, '(?i)(privilege gain|-(admin|user)$|executable code|"
    "shellcode-detect|web application|web-application|trojan|exploit kit|exploit-kit|"
    "command and control|command-and-control|vulnerable web)') THEN 'exploit' "
    "  WHEN regexp_matches(x, '(?i)(default username|suspicious username|"
    "suspicious-login|default-login|credential)') THEN 'credential' "
    "  WHEN regexp_matches(x, '(?i)(denial of service|denial-of-service|-dos$|"
    "policy-violation|corporate privacy|targeted-activity|pup-activity|"
    "unwanted program)') THEN 'other' "
    "  ELSE 'scan' END;";

/* A packet in the words of Linux net/netfilter/nf_log_syslog.c, as fields; an error of ICMP
 * quotes in brackets what caused it. An echo has its identifier in a second ID=, of IPv6 in the
 * only one. */
static const char netfilter_macros[] =
    "CREATE MACRO netfilter_of(packet, quoted) AS {"
    "  'outgoing': regexp_matches(packet, 'IN= OUT=[^ ]'), "
    "  'src': field(packet, 'SRC'), 'dst': field(packet, 'DST'), "
    "  'proto': field(packet, 'PROTO'), "
    "  'sport': CASE WHEN field(packet, 'PROTO') IN ('ICMP', 'ICMPv6', '1', '58') "
    "    THEN nth_field(packet, 'ID', if(contains(field(packet, 'SRC'), ':'), 1, 2)) "
    "    ELSE field(packet, 'SPT') END, "
    "  'dport': field(packet, 'DPT'), "
    "  'icmp_type': field(packet, 'TYPE'), 'icmp_code': field(packet, 'CODE'), "
    "  'ttl': coalesce(field(packet, 'TTL'), field(packet, 'HOPLIMIT')), "
    "  'tos': field(packet, 'TOS'), "
    "  'ip_id': CASE WHEN field(packet, 'TTL') IS NOT NULL THEN field(packet, 'ID') END, "
    "  'df': word_bits(packet, 'DF') = 1, "
    "  'fragment': contains(packet, ' FRAG:') AND NOT contains(packet, ' FRAG:0 '), "
    "  'ip_length': field(packet, 'LEN'), 'window': field(packet, 'WINDOW'), "
    "  'tcp_flags': CASE WHEN field(packet, 'WINDOW') IS NOT NULL "
    "    THEN word_bits(packet, 'FIN SYN RST PSH ACK URG ECE CWR') END, "
    "  'packets': 1, 'bytes': field(packet, 'LEN'), "
    "  'quoted_src': split_part(quoted, ' ', 1), 'quoted_dst': field(quoted, 'DST'), "
    "  'quoted_proto': field(quoted, 'PROTO'), 'quoted_sport': field(quoted, 'SPT'), "
    "  'quoted_dport': field(quoted, 'DPT')};"
    "CREATE MACRO netfilter(x) AS netfilter_of(split_part(x, ' [SRC=', 1), "
    "  nullif(split_part(x, ' [SRC=', 2), ''));";

int log_functions_add(struct duck *duck, struct nj_err *err)
{
    const duckdb_type texts[] = {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BIGINT};

    if (duck_add_function(duck, "field", texts, 2, DUCKDB_TYPE_VARCHAR, field, err) < 0 ||
        duck_add_function(duck, "nth_field", texts, 3, DUCKDB_TYPE_VARCHAR, field, err) < 0 ||
        duck_add_function(duck, "word_bits", texts, 2, DUCKDB_TYPE_BIGINT, word_bits, err) <
            0 ||
        duck_add_function(duck, "ip4", texts, 1, DUCKDB_TYPE_VARCHAR, ip4, err) < 0)
        return -1;
    return duck_exec(duck, err, time_macros) < 0 || duck_exec(duck, err, macros) < 0
               ? -1
               : duck_exec(duck, err, netfilter_macros);
}
