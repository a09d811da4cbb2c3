/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a set-up somebody copies. Who reads a report copies the ports; who looks at the
 * packets, the program's fields, too; who runs the same program, all. */
#ifndef NJ_LINK_COPY_H
#define NJ_LINK_COPY_H

enum copy_skill {
    COPY_PORTS,
    COPY_FIELDS, /* and tool, stack, window */
    COPY_ALL,    /* and source ports, rate, times */
    COPY_SKILLS,
};

#endif
