/* The files in the run's directory: written whole or not at all. */
#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The room for exit.json is taken before the trainer starts. A trainer that fills the disk is just the one whose end
   must not get lost: its record goes into blocks that already exist, and needs no new one. Made with O_EXCL, the file
   is also what keeps a second runner out of a directory that has one. */
#define RESERVE ".exit.json.reserve"
#define RESERVE_BYTES 4096

static int directory_fd = -1;
static int journal_fd = -1;
static int reserve_fd = -1;
static bool journal_torn;

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        text += written;
        length -= (size_t)written;
    }
    return true;
}

/* A file system that has no fsync is no reason to lose the record. */
static bool sync_file(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOSYS || errno == ENOTSUP;
}

static bool take_reserve(void)
{
    char blank[RESERVE_BYTES];
    memset(blank, ' ', sizeof blank);
    reserve_fd = openat(directory_fd, RESERVE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return reserve_fd >= 0 && write_all(reserve_fd, blank, sizeof blank);
}

bool store_open(const char *directory)
{
    directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_fd < 0)
        return false;
    if (faccessat(directory_fd, "exit.json", F_OK, 0) == 0) {
        errno = EEXIST;
        return false;
    }
    if (!take_reserve())
        return false;
    journal_fd = openat(directory_fd, "journal.jsonl", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return journal_fd >= 0;
}

int store_directory(void)
{
    return directory_fd;
}

bool store_write(const char *name, struct json *record)
{
    char temporary[64];
    snprintf(temporary, sizeof temporary, ".%s.tmp", name);
    int fd = openat(directory_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool written = write_all(fd, record->text, record->length) && sync_file(fd);
    int error = errno;
    close(fd);
    if (!written) {
        unlinkat(directory_fd, temporary, 0);
        errno = error;
        return false;
    }
    return renameat(directory_fd, temporary, directory_fd, name) == 0 && sync_file(directory_fd);
}

static bool write_into_reserve(struct json *record)
{
    if (reserve_fd < 0 || lseek(reserve_fd, 0, SEEK_SET) != 0)
        return false;
    return write_all(reserve_fd, record->text, record->length) && ftruncate(reserve_fd, (off_t)record->length) == 0 &&
           renameat(directory_fd, RESERVE, directory_fd, "exit.json") == 0;
}

bool store_write_exit(struct json *record)
{
    if (write_into_reserve(record)) {
        /* After the rename: the app waits for the file, not for the disk. One that refuses is no reason to do without a
           record that can be read. */
        sync_file(reserve_fd);
        sync_file(directory_fd);
        return true;
    }
    /* The room is gone (somebody tidied up, or the disk copies on write): the ordinary way. */
    if (!store_write("exit.json", record))
        return false;
    unlinkat(directory_fd, RESERVE, 0);
    return true;
}

bool store_is_deleted(void)
{
    struct stat status;
    return fstat(directory_fd, &status) == 0 && status.st_nlink == 0;
}

void store_journal(struct json *line)
{
    /* A line that a full disk cut short is closed first, so that it spoils no other line. */
    if (journal_torn && !write_all(journal_fd, "\n", 1))
        return;
    ssize_t written = write(journal_fd, line->text, line->length);
    journal_torn = written > 0 && (size_t)written < line->length;
}

void store_complain(const char *directory, const char *what, int error)
{
    char path[4096];
    char line[512];
    if ((size_t)snprintf(path, sizeof path, "%s/runner.err", directory) >= sizeof path)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    int length = error == 0 ? snprintf(line, sizeof line, "%s\n", what)
                            : snprintf(line, sizeof line, "%s: %s\n", what, strerror(error));
    if (length > 0)
        write_all(fd, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
    close(fd);
}
