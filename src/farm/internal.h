/* internal.h: what the files of the farm share. messages.c sends and waits, deal.c sorts and
 * deals out, schedule.c decides who gets what and estimates the time left, master.c and worker.c are
 * the two sides. */
#ifndef MTSWEEP_FARM_INTERNAL_H
#define MTSWEEP_FARM_INTERNAL_H

#include "mtsweep/farm.h"

/* ---- messages ---- */

typedef enum {
    FARM_READY, /* worker to master */
    FARM_PROGRESS,
    FARM_FINISHED,
    FARM_LEAVE,
    FARM_WORK, /* master to worker */
    FARM_STOP,
    FARM_STAY,
    FARM_NO_MORE
} mts_farm_kind;

/* One format for both ways; of the reason only what is used is sent. All ranks run the same
 * program, so bytes are portable enough. */
typedef struct mts_farm_message {
    int32_t kind, outcome;
    uint64_t item; /* position in farm->index */
    uint64_t index, lost;
    double fraction, seconds; /* done of the item; spent on it */
    double note[MTS_FARM_NOTES];
    char reason[MTS_FARM_REASON];
} mts_farm_message;

/* One check for every MPI call of the farm: passes MPI_SUCCESS, else MTS_ERR_IO with the call, the
 * rank and the library's own words. Never communicates. */
mts_status mts_farm_check(int code, const char *call, int rank);
#define MTS_FARM_MPI(rank, call) mts_farm_check(call, #call, rank)

/* A rank's end of the wires. A send to a dead rank may never complete, so none is waited for: it is
 * posted from memory of its own, which is freed when the library is done with it. */
typedef struct mts_farm_post mts_farm_post;
typedef struct mts_farm_link {
    MPI_Comm comm;
    int rank, tag;        /* own; of this farm */
    mts_farm_post *post;  /* not yet complete */
    double heard, looked; /* last message; last look at who lives */
    bool bereft;          /* of the master */
} mts_farm_link;

/* Seconds between two looks at who lives; more says that this process itself did not run. */
#define MTS_FARM_LOOK    0.1
#define MTS_FARM_ABSENCE 1.0

/* How long nobody can have been silent, since this process did not look: 0 where it did. */
double mts_farm_absence(mts_farm_link *link, double now);

mts_status mts_farm_send(mts_farm_link *link, int to, const mts_farm_message *message);

/* Waits up to so many seconds until all is sent. What is not then is left to the library. */
void mts_farm_flush(mts_farm_link *link, double seconds);

/* Takes a message from `source` (or MPI_ANY_SOURCE) if one is there. */
mts_status mts_farm_poll(mts_farm_link *link, int source, bool *there, mts_farm_message *message,
                         int *from);

/* A sleep that grows from 20 us to 5 ms while nothing happens. */
typedef struct mts_farm_nap {
    double pause;
} mts_farm_nap;
void mts_farm_nap_wake(mts_farm_nap *nap);
void mts_farm_nap_sleep(mts_farm_nap *nap);

/* ---- dealing out ---- */

/* order[n]: the items by kind (NULL: all of one), those of a kind by falling cost, those of equal cost
 * by number. MTS_ERR_MEMORY. */
mts_status mts_farm_order(const double *cost, const uint32_t *kind, size_t n, size_t *order);

/* free_at[hands], when each is free, becomes a heap whose first entry is the least; all zero is one.
 * Dealing gives `seconds` of work to whoever is free first and returns when it ends. */
void mts_farm_gather(double *free_at, size_t hands);
double mts_farm_deal(double *free_at, size_t hands, double seconds);

/* ---- the worker's line ---- */

struct mts_farm_line {
    const mts_farm *farm;
    mts_farm_link *link;
    struct mts_farm_master *alone; /* the caller does the work itself: no messages */
    mts_farm_message message;      /* of the current item */
    double began, sent, probed;
    bool stop;
    bool over;   /* "no more" came during work: the master had counted this worker as lost */
    double beat; /* seconds between two lines */
};

/* The side of ranks > 0: works until told "no more". *lost: what the master said then. */
mts_status mts_farm_serve(mts_farm_link *link, const mts_farm *farm, size_t *lost);

/* ---- the master ---- */

typedef enum { CREW_STARTING, CREW_IDLE, CREW_BUSY, CREW_BROKEN, CREW_LOST } mts_farm_crew_state;

typedef struct mts_farm_crew {
    mts_farm_crew_state state;
    size_t item;         /* busy: what it does */
    double since, heard; /* when the item began; last message */
    double fraction;     /* of the item, at `heard` */
    double note[MTS_FARM_NOTES];
    double work, busy; /* of its finished items: seconds that were expected, and that it took */
    bool told_to_stop;
    bool queued; /* in the list of those that are idle */
    bool gone;   /* lost for good */
} mts_farm_crew;

typedef struct mts_farm_kind_state {
    mts_farm_past ended, running; /* running: as far as it was reported */
    double todo;                  /* cost of what is not handed out */
    double pace;  /* seconds that a unit of cost takes; NaN: nothing is known at all */
    bool begun;   /* one was handed out, or ended before */
    size_t first; /* position of its longest item; those of the next kind follow */
} mts_farm_kind_state;

typedef struct mts_farm_master {
    const mts_farm *farm;
    mts_farm_link *link;
    int size;
    double start, watched, stayed; /* last call of watch; last FARM_STAY */
    size_t n_crew;
    mts_farm_crew *crew;           /* [size]; entry 0 is used when alone */
    mts_farm_busy *busy;           /* [size] of the view */
    size_t crew_in[CREW_LOST + 1]; /* how many are in each state */
    size_t *idle, n_idle;          /* those that are; also some that were */

    /* Items by kind, those of a kind by falling cost. order[p] is an item; next[p] leads to the first
     * position >= p that is not handed out (n = none), with path halving. Items that came back wait in
     * a list, the first n_urgent of them to be handed out before all others, the rest after. */
    size_t *order, *next, *back, n_back, n_urgent;
    uint8_t *ended;                               /* [n] 0, or the outcome + 1 */
    bool *is_back;                                /* [n] waits in the list */
    size_t n_ended, n_todo;                       /* n_todo: not handed out, not ended */
    double *free_at;                              /* [size] scratch of the estimate */
    double *tail;                                 /* [MTS_FARM_PLAYED] the same */
    mts_farm_kind_state kind[MTS_FARM_KINDS + 1]; /* the last one ends the others */

    double ended_cost;
    double stopped_at; /* when `stopping` began */
    mts_farm_view view;
    bool stopping; /* a signal or the deadline: items may be left over */
    bool closing;  /* nothing is handed out any more */
    char broken[MTS_FARM_REASON];
    mts_status status; /* first failure of MPI itself */
} mts_farm_master;

mts_status mts_farm_master_create(const mts_farm *farm, mts_farm_link *link, int size,
                                  mts_farm_master **master);
void mts_farm_master_destroy(mts_farm_master *master);

/* Up to this many items left the tail is played through item by item. */
#define MTS_FARM_PLAYED 4096

/* Sums up what is known of each kind's pace, by what ended and by what was reported. */
void mts_farm_learn(mts_farm_master *master);

/* Seconds that an item is expected to take; its cost as long as nothing is known. */
double mts_farm_expected(const mts_farm_master *master, size_t item);

/* The item that `rank` should do next: of those that were never handed out and fit before the deadline
 * the longest, where kinds are left that nobody has begun the longest of these, so that all are soon
 * known; else one that came back. False if there is none. */
bool mts_farm_pick(mts_farm_master *master, int rank, double now, size_t *item);

/* The item ended nowhere: it waits to be handed out again, as the next or as the last. keep: it need
 * not any more, since it ended after all or its worker is back. */
void mts_farm_give_back(mts_farm_master *master, size_t item, bool urgent);
void mts_farm_keep(mts_farm_master *master, size_t item);

/* Changes the state of a worker. */
void mts_farm_turn(mts_farm_master *master, size_t rank, mts_farm_crew_state state);

/* Seconds to the end, the tail included: the items left are dealt out, longest first, to whoever is
 * free first. NaN = not known yet. */
double mts_farm_left(mts_farm_master *master, double now);

/* Bookkeeping of one item, shared by the master of many and the caller that is alone. */
void mts_farm_began(mts_farm_master *master, int rank, size_t item, double now);
void mts_farm_over(mts_farm_master *master, int rank, const mts_farm_message *message, double now);

/* Calls farm->watch if it is due or `force`, and looks at signals and the deadline. */
void mts_farm_tick(mts_farm_master *master, double now, bool force);

/* Rank 0 of several: hands out, listens, until all is over and every rank has been told. */
void mts_farm_lead(mts_farm_master *master);

#endif
