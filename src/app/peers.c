/* peers.c: which of the other ranks live. A rank tells its process id at the start; on the same node a
 * look at that process is a proof, without a message to one who may never answer. */
#include "verb_run.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <mpi.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { HELLO = 1, LEAVE = 2 }; /* tags */

/* MPI_Init has brought all ranks to the same point. */
#define HELLO_PATIENCE 30.0

/* MPI_Init and MPI_Finalize never end where a rank dies in them, if the launcher does not end the
 * others: so many seconds. */
#define MPI_PATIENCE    300
#define TICKS           4 /* a second */
#define LAUNCH_PATIENCE 5 /* seconds from the first rank of a node to the last */
#define PATH_ROOM       512

/* For other ranks at the start, who may have a large file to make or to look through; and, in times of
 * --lost-after, for one of this node that does nothing of the kind, as it is stopped. */
#define START_PATIENCE   3600.0
#define STOPPED_PATIENCE 10

typedef struct peer {
    uint64_t node; /* the system and the space of process ids; 0: not known */
    uint64_t started;
    int64_t pid;
    double stopped; /* since when it is seen stopped; 0: it is not */
} peer;

static struct {
    int rank, size;
    peer self, *all;         /* rank 0: [size]; others: [1], rank 0 */
    double looked, patience; /* with one that is stopped: seconds */
    char bereft[128];        /* why this rank goes on alone, or "" */
} world;

/* ---- processes ---- */

static uint64_t node(void)
{
    char space[64] = "", system[64] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
    const bool known = file && fgets(system, sizeof system, file) &&
                       readlink("/proc/self/ns/pid", space, sizeof space - 1) > 0;
    if (file)
        fclose(file);
    return known ? mts_hash(mts_hash(0, system, strlen(system)), space, strlen(space)) : 0;
}

/* State and time of start of a process; false if it is not there, or nothing is known. */
static bool look_up(int64_t pid, char *state, uint64_t *started)
{
    char path[64], line[1024] = "", *p;
    unsigned long long ticks = 0;
    FILE *file;
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    file = fopen(path, "r");
    p = file && fgets(line, sizeof line, file) ? strrchr(line, ')')
                                               : NULL; /* its name has blanks */
    if (file)
        fclose(file);
    if (!p || sscanf(p + 1,
                     " %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                     "%llu",
                     state, &ticks) != 2)
        return false;
    *started = ticks;
    return true;
}

/* 'Z': it is dead; '?': not known; else as the system has it. */
static char state_of(const peer *who)
{
    char state;
    uint64_t started;
    if (who->node == 0 || who->node != world.self.node)
        return '?';
    if (!look_up(who->pid, &state, &started))
        return kill((pid_t)who->pid, 0) != 0 && errno == ESRCH ? 'Z' : '?';
    return state == 'X' || started != who->started ? 'Z' : state;
}

bool mts_app_gone(void *ctx, int rank)
{
    (void)ctx;
    return world.all && (world.rank == 0 || rank == 0) && state_of(&world.all[rank]) == 'Z';
}

/* ---- alone ---- */

const char *mts_app_bereft(void)
{
    return world.bereft[0] ? world.bereft : NULL;
}

static bool bereave(const char *format, ...) __attribute__((format(printf, 1, 2)));
static bool bereave(const char *format, ...)
{
    static char nothing;
    MPI_Request request;
    va_list list;
    va_start(list, format);
    vsnprintf(world.bereft, sizeof world.bereft, format, list);
    va_end(list);
    if (world.rank == 1 && world.all[0].stopped > 0) /* which would say it otherwise */
        mts_log("stopped, as %s; the same command continues", world.bereft);
    for (int r = 1; r < world.size && world.rank == 0; r++)
        MPI_Isend(&nothing, 0, MPI_BYTE, r, LEAVE, MPI_COMM_WORLD, &request);
    return false;
}

/* Whether rank 0 has told this one to leave. */
static bool sent_home(void)
{
    int there = 0;
    if (world.rank > 0)
        MPI_Iprobe(0, LEAVE, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
    return there;
}

/* False once that rank is dead, or stopped for long. absent: this one was itself. */
static bool lives(int rank, double now, bool absent)
{
    peer *who = &world.all[rank];
    const char state = state_of(who);
    if (state == 'Z')
        return bereave("rank %d has died", rank);
    if (state != 'T' && state != 't')
        who->stopped = 0;
    else if (who->stopped == 0 || absent)
        who->stopped = now;
    else if (now - who->stopped > world.patience)
        return bereave("rank %d has been stopped (SIGSTOP) for %.0f s", rank, now - who->stopped);
    return true;
}

/* False once a rank is lost. */
static bool all_live(double since)
{
    const double now = mts_seconds();
    const bool absent = now - world.looked > 1;
    if (now - world.looked < 0.1)
        return true;
    world.looked = now;
    for (int r = 0; r < (world.rank == 0 ? world.size : 1); r++)
        if (r != world.rank && !lives(r, now, absent))
            return false;
    if (sent_home())
        return bereave("a rank has died");
    if (now - since > START_PATIENCE)
        return bereave("some rank has not answered for %.0f s", now - since);
    return true;
}

bool mts_app_await(int n, MPI_Request *request)
{
    const double since = mts_seconds();
    int done = 0;
    while (!world.bereft[0]) {
        MPI_Testall(n, request, &done, MPI_STATUSES_IGNORE);
        if (done)
            return true;
        if (!all_live(since))
            return false;
        mts_pause(1e-3);
    }
    return false;
}

/* ---- start and end ---- */

/* While MPI_Init or MPI_Finalize has the only thread, a timer looks after the others: the processes of
 * this program that the same launcher has started here. In MPI_Init none of them may end, and in both
 * none may be stopped for long. Nothing here but system calls: this is for a signal's handler. */
typedef struct siblings {
    int n, stopped;
    long first; /* the lowest process id of those that are not stopped */
} siblings;

static struct {
    bool starting;
    int ticks, most; /* so many of them were there */
    int stopped;     /* for so many ticks one of them was */
    int patience;    /* with that: ticks */
    int local;       /* so many the launcher starts here; 0: not known */
    char children[64], program[PATH_ROOM];
} watch;

/* The state of a process of this program, as the system has it; '\0': there is none of this number. */
static char state_of_sibling(const char *digits, size_t n)
{
    char path[64] = "/proc/", text[PATH_ROOM];
    memcpy(path + 6, digits, n);
    memcpy(path + 6 + n, "/exe", 5);
    ssize_t length = readlink(path, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    if (strcmp(text, watch.program) != 0)
        return '\0';
    memcpy(path + 6 + n, "/stat", 6);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    length = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    text[length > 0 ? length : 0] = '\0';
    if (fd >= 0)
        close(fd);
    const char *p = strrchr(text, ')'); /* its name has blanks */
    return p && p[1] == ' ' ? p[2] : '?';
}

static siblings look_around(void)
{
    siblings found = {0};
    char text[8192];
    const int fd = open(watch.children, O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : 0;
    long pid = 0;
    if (fd >= 0)
        close(fd);
    for (ssize_t i = 0, begin = 0; i < n; i++) {
        const size_t digits = (size_t)(i - begin);
        if (text[i] != ' ') {
            pid = 10 * pid + text[i] - '0';
            continue;
        }
        const char state = digits > 0 && digits < 16 ? state_of_sibling(text + begin, digits) : 0;
        found.n += state != '\0';
        if (state == 'T' || state == 't')
            found.stopped++;
        else if (state != '\0' && (found.first == 0 || pid < found.first))
            found.first = pid;
        begin = i + 1;
        pid = 0;
    }
    return found;
}

static void leave(const char *text)
{
    const bool told = write(STDERR_FILENO, text, strlen(text)) > 0;
    (void)told;
    _exit(MTS_EXIT_STOPPED);
}

static void tick(int number)
{
    const int error = errno;
    const siblings now = look_around();
    (void)number;
    watch.ticks++;
    watch.stopped = now.stopped > 0 ? watch.stopped + 1 : 0;
    if (watch.stopped > watch.patience)
        leave(now.first != getpid() ? ""
                                    : "mtsweep: a rank is stopped (SIGSTOP), and the others would "
                                      "wait for it; the same command continues\n");
    if (watch.ticks > MPI_PATIENCE * TICKS ||
        (watch.starting &&
         (now.n < watch.most || (now.n < watch.local && watch.ticks > LAUNCH_PATIENCE * TICKS))))
        leave(!watch.starting || !mts_app_first_rank()
                  ? ""
                  : "mtsweep: a rank has died at the start; the same command continues\n");
    watch.most = now.n;
    errno = error;
}

/* How many ranks the launcher, where that is the parent and no script between, has here. */
static int local_ranks(void)
{
    static const char name[] = "OMPI_COMM_WORLD_LOCAL_SIZE";
    const char *text = getenv(name);
    char path[64], *environment = NULL;
    size_t room = 0;
    bool between = false;
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)getppid());
    FILE *file = fopen(path, "r");
    while (file && getdelim(&environment, &room, '\0', file) > 0)
        between = between || strncmp(environment, name, strlen(name)) == 0;
    free(environment);
    if (file)
        fclose(file);
    return file && text && !between ? atoi(text) : 0;
}

void mts_app_watch_mpi(bool on, bool starting, double lost_after)
{
    const struct timeval pause = {.tv_usec = on ? 1000000 / TICKS : 0};
    const struct itimerval timer = {pause, pause};
    struct sigaction action = {.sa_handler = on ? tick : SIG_DFL, .sa_flags = SA_RESTART};
    ssize_t length = readlink("/proc/self/exe", watch.program, sizeof watch.program - 1);
    watch.program[length > 0 ? length : 0] = '\0';
    watch.starting = starting;
    watch.ticks = watch.most = watch.stopped = 0;
    watch.patience = (int)fmin(STOPPED_PATIENCE * lost_after, MPI_PATIENCE) * TICKS;
    watch.local = on && starting ? local_ranks() : 0;
    snprintf(watch.children, sizeof watch.children, "/proc/%ld/task/%ld/children", (long)getppid(),
             (long)getppid());
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* Waits for the hellos; the requests of those that do not come stay behind. */
static void gather(MPI_Request *request, int n)
{
    const double since = mts_seconds();
    for (int i = 0, done; i < n; i++) {
        for (;;) {
            MPI_Test(&request[i], &done, MPI_STATUS_IGNORE);
            if (done)
                break;
            if (mts_seconds() - since > HELLO_PATIENCE) {
                bereave("rank %d has not come up", world.rank == 0 ? i + 1 : 0);
                return;
            }
            mts_pause(1e-3);
        }
    }
}

mts_status mts_app_meet(int rank, int size, double lost_after)
{
    const int n = rank == 0 ? size - 1 : 1;
    char state;
    MPI_Request *request = mts_alloc(2 * (size_t)n, sizeof *request);
    world.rank = rank;
    world.size = size;
    world.patience = STOPPED_PATIENCE * lost_after;
    world.all = mts_alloc((size_t)size, sizeof *world.all);
    if (!world.all || !request)
        return MTS_ERR_MEMORY;
    world.self = (peer){.node = node(), .pid = getpid()};
    if (!look_up(world.self.pid, &state, &world.self.started))
        world.self.node = 0;
    for (int i = 0; i < n && size > 1; i++) {
        const int other = rank == 0 ? i + 1 : 0;
        MPI_Isend(&world.self, sizeof(peer), MPI_BYTE, other, HELLO, MPI_COMM_WORLD,
                  &request[n + i]);
        MPI_Irecv(&world.all[other], sizeof(peer), MPI_BYTE, other, HELLO, MPI_COMM_WORLD,
                  &request[i]);
    }
    if (size > 1)
        gather(request, n);
    if (!world.bereft[0] && size > 1 && mts_app_await(n, request + n))
        mts_free(request);
    return MTS_OK;
}
