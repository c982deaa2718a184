/* A table of the processes seen, by pid: who was told, who was killed, how many there were. */
#include "members.h"

#include <stdlib.h>
#include <string.h>

static struct member *table; /* open addressing; pid 0 is free */
static size_t room;          /* a power of two */
static size_t used;
static size_t seen;

static size_t slot_of(pid_t pid)
{
    return ((size_t)(unsigned)pid * 2654435761u) & (room - 1);
}

static struct member *find(pid_t pid)
{
    if (room == 0)
        return NULL;
    size_t slot = slot_of(pid);
    while (table[slot].process.pid != 0 && table[slot].process.pid != pid)
        slot = (slot + 1) & (room - 1);
    return &table[slot];
}

static bool is_present(const struct member *member)
{
    struct process now;
    if (member->own)
        return true;
    return process_read(member->process.pid, &now) && now.start == member->process.start;
}

/* Before it grows, the table drops what died elsewhere: a run of weeks needs no more room than its largest moment. */
static bool grow(void)
{
    struct member *before = table;
    const size_t before_room = room;
    size_t present = 0;
    for (size_t i = 0; i < before_room; i++) {
        if (before[i].process.pid != 0 && !is_present(&before[i]))
            before[i].process.start = 0, before[i].own = false;
        else if (before[i].process.pid != 0)
            present++;
    }
    size_t wanted = 64;
    while (wanted < present * 4)
        wanted *= 2;
    struct member *after = calloc(wanted, sizeof *after);
    if (after == NULL)
        return false;
    table = after;
    room = wanted;
    used = 0;
    for (size_t i = 0; i < before_room; i++) {
        if (before[i].process.pid == 0 || (before[i].process.start == 0 && !before[i].own))
            continue;
        *find(before[i].process.pid) = before[i];
        used++;
    }
    free(before);
    return true;
}

struct member *members_note(const struct process *process)
{
    static struct member spare;
    if ((used + 1) * 4 > room * 3 && !grow() && used + 1 >= room) {
        /* No memory: it is not remembered, so it may be told twice. Nothing else depends on it. */
        spare = (struct member){ .process = *process };
        return &spare;
    }
    struct member *member = find(process->pid);
    if (member->process.pid != 0 && member->process.start == process->start) {
        member->process = *process;
        return member;
    }
    if (member->process.pid == 0)
        used++;
    seen++;
    *member = (struct member){ .process = *process };
    return member;
}

struct member *members_find_own(pid_t pid)
{
    struct member *member = find(pid);
    return member != NULL && member->process.pid == pid && member->own ? member : NULL;
}

bool members_reap(pid_t pid)
{
    struct member *member = find(pid);
    if (member == NULL || member->process.pid == 0) {
        seen++;
        return false;
    }
    const bool told = member->told;
    /* Take it out and close the gap, so that no search ends too early. */
    size_t gap = (size_t)(member - table);
    for (size_t next = (gap + 1) & (room - 1); table[next].process.pid != 0; next = (next + 1) & (room - 1)) {
        const size_t home = slot_of(table[next].process.pid);
        if (((next - home) & (room - 1)) >= ((next - gap) & (room - 1))) {
            table[gap] = table[next];
            gap = next;
        }
    }
    memset(&table[gap], 0, sizeof table[gap]);
    used--;
    return told;
}

size_t members_seen(void)
{
    return seen;
}
