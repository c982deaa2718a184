#ifndef TRAINYARD_PROCESSES_H
#define TRAINYARD_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A process as /proc tells it. Pid and start together name one process for ever (within one boot). */
struct process {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    unsigned long long start; /* 0: /proc hides it from us (hidepid); only ever so for our own child */
    long threads;
    char state;
};

struct process_list {
    struct process *at;
    size_t count;
    size_t room;
};

struct pid_list {
    pid_t *at;
    size_t count;
    size_t room;
};

/* False when /proc is missing or belongs to another pid namespace: its numbers would name strangers. */
bool processes_usable(void);

bool process_read(pid_t pid, struct process *process);

/* Nothing of it runs any more. A zombie with more than one thread is alive: its main thread has exited, another lives. */
bool process_is_over(const struct process *process);

/* The runner's own children. The kernel keeps their numbers until the runner has reaped them. */
void processes_children(struct pid_list *list);

/* Every process below the runner. One that is being born or orphaned at that moment may be missing: look again. False
   when the steady clock passed `until` meanwhile and the list is not complete (0: take all the time it needs). */
bool processes_members(struct process_list *list, int64_t until);

enum delivery { DELIVERED, NOT_THERE, REFUSED };

/* This and the next are the only places that send a signal. It goes out, and `then` right behind it (0: nothing), when
   the process at that moment still has its start time and is still below the runner. */
enum delivery process_signal(const struct process *process, int number, int then);

/* To the process group that our own child `leader` leads, in one step of the kernel that no fork escapes. It goes out
   while that child is not reaped, which pins the number, and only when it leads a session: then nothing but its
   descendants can be in there. */
enum delivery process_signal_group(pid_t leader, int number);

/* What holds a process that does not die: the state, and the kernel function if it can be told, of the thread that is
   in uninterruptible sleep, else of the main thread. */
void process_where(pid_t pid, char *state, char *function, size_t room);

#endif
