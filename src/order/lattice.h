/* SPDX-License-Identifier: Apache-2.0 */
/* Multipliers that make given residues small, all at once: a short vector of a lattice, found
 * by Lenstra, Lenstra and Lovasz' algorithm ("Factoring polynomials with rational
 * coefficients", 1982) with floating-point orthogonalisation over exact integers. Pure. */
#ifndef NJ_ORDER_LATTICE_H
#define NJ_ORDER_LATTICE_H

#include <stdint.h>

#define LATTICE_MAX 16u  /* residues */
#define LATTICE_FOUND 4u /* shortest vectors that are looked at */
#define LATTICE_REMEMBERED 8u

struct lattice_question {
    uint64_t modulus;              /* below 2^41 */
    unsigned count;                /* of residues, 2 to LATTICE_MAX */
    uint64_t residue[LATTICE_MAX]; /* below the modulus */
    double place[LATTICE_MAX];     /* where they should stand on a line from 0: 0 to 1, the last
                                    * one at 1 */
    double straight;               /* how much distances from that line count against the
                                    * length of it; 0: short vectors, wherever they point */
};

/* Answers of late: a source is looked at some four times, with the same first targets. */
#define LATTICE_ANSWERS 4096u /* 0.2 MB: nine in ten of those that are asked for again */

struct lattice_memory {
    struct {
        uint64_t question[2]; /* 128 bits of hash */
        uint64_t found[LATTICE_FOUND];
        unsigned count;
    } answers[LATTICE_ANSWERS];
};

/**
 * Find v, 0 < v < modulus, with v * residue[i] mod modulus near 0 (from either side), or near
 * a line.
 *
 * @param memory     remembers questions of up to LATTICE_REMEMBERED residues, or NULL
 * @param ret_found  shortest first; v and modulus - v are one
 * @return how many. Cost: 3 us for 5 residues, 8 for 8, 50 for 16
 */
unsigned lattice_multipliers(struct lattice_memory *memory,
                             const struct lattice_question *question,
                             uint64_t ret_found[LATTICE_FOUND]);

#endif
