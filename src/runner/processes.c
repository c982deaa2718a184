/* The processes of the run, as the kernel tells them in /proc. */
#define _GNU_SOURCE
#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clock.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Walking the `children` files costs about as much per member as the table of all processes costs per process of the
   machine. From this many files on, the table is taken. */
#define WALK_FILES 512

static bool has_children_files;
static bool prefer_table;

static bool is_number(const char *name)
{
    return name[0] >= '0' && name[0] <= '9';
}

/* Makes room for one more element of `size` bytes. False when there is no memory: the caller then works with what it
   has, and looks again in the next round. */
static bool make_room(void **at, size_t *room, size_t count, size_t size)
{
    if (count < *room)
        return true;
    size_t wanted = *room == 0 ? 64 : *room * 2;
    if (wanted <= *room || wanted > SIZE_MAX / size)
        return false;
    void *larger = realloc(*at, wanted * size);
    if (larger == NULL)
        return false;
    *at = larger;
    *room = wanted;
    return true;
}

static bool add_pid(struct pid_list *list, pid_t pid)
{
    void *at = list->at;
    if (!make_room(&at, &list->room, list->count, sizeof *list->at))
        return false;
    list->at = at;
    list->at[list->count++] = pid;
    return true;
}

static bool add_process(struct process_list *list, const struct process *process)
{
    void *at = list->at;
    if (!make_room(&at, &list->room, list->count, sizeof *list->at))
        return false;
    list->at = at;
    list->at[list->count++] = *process;
    return true;
}

/* Without O_CLOEXEC: the runner starts nothing after the trainer, and musl pays for that flag with a system call more. */
static ssize_t read_text(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return -1;
    ssize_t length = read(fd, text, room - 1);
    int error = errno;
    close(fd);
    errno = error;
    text[length > 0 ? length : 0] = '\0';
    return length;
}

bool processes_usable(void)
{
    char name[32];
    char path[64];
    ssize_t length = readlink("/proc/self", name, sizeof name - 1);
    if (length <= 0)
        return false;
    name[length] = '\0';
    if (strtol(name, NULL, 10) != getpid())
        return false;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", getpid(), getpid());
    has_children_files = access(path, R_OK) == 0;
    return true;
}

/* `pid (name) state parent group session … threads(20) … start(22) …`. The name may hold anything, spaces and brackets too: the
   fields begin after the last bracket. */
static bool parse_stat(const char *text, struct process *process)
{
    const char *field = strrchr(text, ')');
    if (field == NULL || field[1] != ' ' || field[2] == '\0' || field[3] != ' ')
        return false;
    process->state = field[2];
    field += 3;
    for (int number = 4; number <= 22; number++) {
        char *end;
        unsigned long long value = strtoull(field, &end, 10);
        if (end == field)
            return false;
        if (number == 4)
            process->parent = (pid_t)value;
        else if (number == 5)
            process->group = (pid_t)value;
        else if (number == 6)
            process->session = (pid_t)value;
        else if (number == 20)
            process->threads = (long)value;
        else if (number == 22)
            process->start = value;
        field = end;
    }
    return true;
}

bool process_read(pid_t pid, struct process *process)
{
    char path[48];
    char text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    if (read_text(path, text, sizeof text) <= 0)
        return false;
    process->pid = pid;
    return parse_stat(text, process);
}

bool process_is_over(const struct process *process)
{
    return process->state == 'X' || (process->state == 'Z' && process->threads <= 1);
}

/* Reads the pids in one `children` file. */
static void read_children_file(pid_t pid, pid_t thread, struct pid_list *list)
{
    char path[64];
    char text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, thread);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return;
    pid_t child = 0;
    ssize_t length;
    while ((length = read(fd, text, sizeof text)) > 0) {
        for (ssize_t i = 0; i < length; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                child = child * 10 + (text[i] - '0');
            } else {
                if (child > 1)
                    add_pid(list, child);
                child = 0;
            }
        }
    }
    close(fd);
}

static bool is_late(int64_t until)
{
    return until != 0 && clock_steady_ms() > until;
}

/* Any thread of a process can have children. Returns how many files that took. */
static size_t read_children_of(const struct process *process, struct pid_list *list)
{
    if (process->threads == 1) {
        read_children_file(process->pid, process->pid, list);
        return 1;
    }
    char path[48];
    size_t files = 0;
    snprintf(path, sizeof path, "/proc/%d/task", process->pid);
    DIR *threads = opendir(path);
    if (threads == NULL)
        return 0;
    struct dirent *entry;
    while ((entry = readdir(threads)) != NULL) {
        if (!is_number(entry->d_name))
            continue;
        read_children_file(process->pid, (pid_t)strtol(entry->d_name, NULL, 10), list);
        files++;
    }
    closedir(threads);
    return files;
}

/* From the runner down, parents before their children. Too large: the table is the cheaper way. */
enum walk { WALK_DONE, WALK_TOO_LARGE, WALK_TOO_LONG };

static enum walk walk_members(struct process_list *list, int64_t until)
{
    static struct pid_list children;
    const pid_t self = getpid();
    struct process parent = { .pid = self, .threads = 1 };
    size_t files = 0;
    list->count = 0;
    for (size_t next = 0;; next++) {
        children.count = 0;
        files += read_children_of(&parent, &children);
        if (files > WALK_FILES)
            return WALK_TOO_LARGE;
        if (is_late(until))
            return WALK_TOO_LONG;
        for (size_t i = 0; i < children.count; i++) {
            struct process child;
            if (process_read(children.at[i], &child)) {
                if (child.parent == parent.pid || child.parent == self)
                    add_process(list, &child);
            } else if (parent.pid == self) {
                child = (struct process){ .pid = children.at[i], .parent = self, .threads = 1, .state = '?' };
                add_process(list, &child);
            }
        }
        if (next >= list->count)
            return WALK_DONE;
        parent = list->at[next];
    }
}

static int by_pid(const void *left, const void *right)
{
    pid_t a = ((const struct process *)left)->pid;
    pid_t b = ((const struct process *)right)->pid;
    return (a > b) - (a < b);
}

static struct process *find_process(struct process_list *table, pid_t pid)
{
    struct process key = { .pid = pid };
    return table->count == 0 ? NULL : bsearch(&key, table->at, table->count, sizeof key, by_pid);
}

/* Every process of the machine, sorted by pid. */
static bool read_table(struct process_list *table, int64_t until)
{
    table->count = 0;
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return true;
    struct dirent *entry;
    bool late = false;
    while (!late && (entry = readdir(proc)) != NULL) {
        struct process process;
        late = is_late(until);
        if (is_number(entry->d_name) && process_read((pid_t)strtol(entry->d_name, NULL, 10), &process))
            add_process(table, &process);
    }
    closedir(proc);
    if (table->count > 1)
        qsort(table->at, table->count, sizeof *table->at, by_pid);
    return !late;
}

/* Whether the way up from `process` leads to the runner. What was found is kept in the parent field of everything on the
   way (the runner, or 0), so that the whole table is done in one look at each process, however deep the tree is. */
static bool leads_to_runner(struct process_list *table, struct process *process)
{
    const pid_t self = getpid();
    struct process *up = process;
    size_t steps = 0;
    while (up != NULL && up->parent != self && up->parent > 1 && steps < table->count) {
        up = find_process(table, up->parent);
        steps++;
    }
    const pid_t answer = up != NULL && up->parent == self ? self : 0;
    for (up = process; up != NULL && steps > 0; steps--) {
        struct process *next = find_process(table, up->parent);
        up->parent = answer;
        up = next;
    }
    return answer == self;
}

static bool members_from_table(struct process_list *list, int64_t until)
{
    static struct process_list table;
    static struct process_list ways;
    list->count = 0;
    if (!read_table(&table, until))
        return false;
    ways.count = 0;
    for (size_t i = 0; i < table.count; i++)
        if (!add_process(&ways, &table.at[i]))
            return true;
    for (size_t i = 0; i < table.count; i++)
        if (leads_to_runner(&ways, &ways.at[i]))
            add_process(list, &table.at[i]);
    return true;
}

bool processes_members(struct process_list *list, int64_t until)
{
    if (!has_children_files)
        return members_from_table(list, until);
    if (!prefer_table) {
        const enum walk walk = walk_members(list, until);
        if (walk != WALK_TOO_LARGE)
            return walk == WALK_DONE;
    }
    const bool complete = members_from_table(list, until);
    prefer_table = !complete || list->count > WALK_FILES / 4;
    return complete;
}

void processes_children(struct pid_list *list)
{
    const pid_t self = getpid();
    list->count = 0;
    if (has_children_files) {
        read_children_file(self, self, list);
        return;
    }
    static struct process_list table;
    read_table(&table, 0);
    for (size_t i = 0; i < table.count; i++)
        if (table.at[i].parent == self)
            add_pid(list, table.at[i].pid);
}

/* The parent that was found in the scan is still the parent, or it has died and the runner is the parent now, or
   (a member with subreapers of its own) the way up still ends at the runner. */
static bool is_still_below(const struct process *now, const struct process *then)
{
    const pid_t self = getpid();
    if (now->parent == self || now->parent == then->parent)
        return true;
    struct process up = *now;
    for (int steps = 0; steps < 4096 && up.parent > 1; steps++) {
        if (up.parent == self)
            return true;
        if (!process_read(up.parent, &up))
            return false;
    }
    return false;
}

enum check { IS_THE_SAME, IS_OUR_CHILD, IS_ANOTHER };

static enum check check_again(const struct process *process)
{
    struct process now;
    if (process_read(process->pid, &now)) {
        if (now.start != process->start)
            return IS_ANOTHER;
        if (now.parent == getpid())
            return IS_OUR_CHILD;
        return is_still_below(&now, process) ? IS_THE_SAME : IS_ANOTHER;
    }
    /* Hidden from us, and our own child: nobody else can have its number before we reap it. */
    return process->start == 0 && process->parent == getpid() ? IS_OUR_CHILD : IS_ANOTHER;
}

static int send_by_handle(int handle, int number)
{
    return (int)syscall(SYS_pidfd_send_signal, handle, number, NULL, 0);
}

enum delivery process_signal(const struct process *process, int number, int then)
{
    int result = -1;
    if (process->pid <= 1 || process->pid == getpid())
        return NOT_THERE;
    enum check check = check_again(process);
    if (check == IS_ANOTHER)
        return NOT_THERE;
    /* Our own child keeps its number until we reap it: no handle is needed. For others, a handle that was taken before
       a second check names the process that was checked, whatever becomes of the number afterwards. Kernels and
       sandboxes without handles leave a gap of microseconds, in which the whole range of pids would have to be used. */
    const int handle = check == IS_OUR_CHILD ? -1 : (int)syscall(SYS_pidfd_open, process->pid, 0);
    if (handle >= 0) {
        errno = ESRCH;
        if (check_again(process) != IS_ANOTHER)
            result = send_by_handle(handle, number);
    }
    if (handle < 0 || (result != 0 && errno == ENOSYS)) {
        result = kill(process->pid, number);
        if (result == 0 && then != 0)
            kill(process->pid, then);
    } else if (result == 0 && then != 0) {
        send_by_handle(handle, then);
    }
    const int error = errno;
    if (handle >= 0)
        close(handle);
    if (result == 0)
        return DELIVERED;
    return error == EPERM ? REFUSED : NOT_THERE;
}

enum delivery process_signal_group(pid_t leader, int number)
{
    struct process now;
    if (leader <= 1 || leader == getpgrp() || !process_read(leader, &now))
        return NOT_THERE;
    if (now.parent != getpid() || now.group != leader || now.session != leader)
        return NOT_THERE;
    if (kill(-leader, number) == 0)
        return DELIVERED;
    return errno == EPERM ? REFUSED : NOT_THERE;
}

static char thread_state(pid_t pid, const char *thread)
{
    char path[96];
    char text[1024];
    struct process process;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", pid, thread);
    return read_text(path, text, sizeof text) > 0 && parse_stat(text, &process) ? process.state : '?';
}

void process_where(pid_t pid, char *state, char *function, size_t room)
{
    char path[96];
    char chosen[24];
    snprintf(chosen, sizeof chosen, "%d", pid);
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    *state = thread_state(pid, chosen);
    DIR *threads = *state == 'D' ? NULL : opendir(path);
    if (threads != NULL) {
        struct dirent *entry;
        while (*state != 'D' && (entry = readdir(threads)) != NULL) {
            if (!is_number(entry->d_name) || thread_state(pid, entry->d_name) != 'D')
                continue;
            *state = 'D';
            snprintf(chosen, sizeof chosen, "%.20s", entry->d_name);
        }
        closedir(threads);
    }
    snprintf(path, sizeof path, "/proc/%d/task/%s/wchan", pid, chosen);
    ssize_t length = read_text(path, function, room);
    if (length <= 0 || strcmp(function, "0") == 0)
        function[0] = '\0';
}
