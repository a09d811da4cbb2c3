/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of imported lists of declared scanners become declared. Called by derive.c. */
#ifndef NJ_PIPELINE_DECLARED_H
#define NJ_PIPELINE_DECLARED_H

#include "model/nets.h"
#include "model/visit.h"
#include "source/source_table.h"

/**
 * Tell the table that a source is declared, the first time since it knows it. After the visit
 * was added.
 *
 * @param nets  of testimony_nets; NULL: there is no such list
 * @return 0; -1 NJ_NOMEM
 */
int declared_tell(const struct nets *nets, struct source_table *table,
                  const struct visit *visit, struct nj_err *err);

#endif
