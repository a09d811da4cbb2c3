/* SPDX-License-Identifier: Apache-2.0 */
/* What one record of a MaxMind-format file says of an address, in whichever of the layouts that
 * mmdb.h tells of. Called by mmdb.c. */
#ifndef NJ_ENRICH_MMDB_RECORD_H
#define NJ_ENRICH_MMDB_RECORD_H

#include "enrich/mmdb.h"
#include "enrich/record.h"

/* `offset`: of the record in the section. Each @return 0; -1 NJ_FORMAT (damaged there) */
int mmdb_record_place(const struct record_section *section, size_t offset,
                      struct mmdb_place *ret_place, struct nj_err *err);
int mmdb_record_detail(const struct record_section *section, size_t offset,
                       struct mmdb_detail *ret_detail, struct nj_err *err);

/** The name of the AS, as it stands there. @return also RECORD_ABSENT */
int mmdb_record_as_name(const struct record_section *section, size_t offset,
                        struct record_value *ret_name, struct nj_err *err);

#endif
