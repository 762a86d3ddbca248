/* Sockets of the network, options, interruptions, polling, interfaces, servers of several processes. */
#include "sockets.h"

static void on_alarm(int signal) {
    (void)signal;
}

static void interruptions(void) {
    int s[2];
    struct timeval limit = {5, 0}, soon = {0, 30000};
    struct itimerval timer = {.it_value = soon};
    struct sigaction action = {.sa_handler = on_alarm};
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    T(recv(s[0], buffer, 1, 0));
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    pid_t child = fork();
    if (!child) {
        usleep(200000);
        write(s[1], "ok", 2);
        exit(0);
    }
    setitimer(ITIMER_REAL, &timer, NULL);
    T(recv(s[0], buffer, 10, 0));
    wait_child(child);
    T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit));
    setitimer(ITIMER_REAL, &timer, NULL);
    T(recv(s[0], buffer, 1, 0));
    setitimer(ITIMER_REAL, &timer, NULL);
    T(read(s[0], buffer, 1));
    setitimer(ITIMER_REAL, &timer, NULL);
    struct iovec vector = {buffer, 1};
    T(readv(s[0], &vector, 1));
    T(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    T(recv(s[0], buffer, 1, 0));
    T(read(s[0], buffer, 1));
    T(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon));
    while (send(s[0], buffer, sizeof buffer, 0) > 0) {}
    T(send(s[0], buffer, 1, 0));
    T(write(s[0], buffer, 1));
    T(send(s[0], buffer, 1, MSG_DONTWAIT));
    limit.tv_usec = 1000000;
    T(setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in in = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof in;
    T(bind(listener, (void *)&in, sizeof in));
    T(listen(listener, 1));
    T(getsockname(listener, (void *)&in, &length));
    action.sa_flags = 0;
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
    T(accept(listener, NULL, NULL));
    T(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon));
    T(accept(listener, NULL, NULL));
    /* Broken pipes, with their signal and without. */
    signal(SIGPIPE, on_alarm);
    signal(SIGPIPE, SIG_DFL);
    for (int i = 0; i < 6; i++) {
        fflush(stdout);
        child = fork();
        if (!child) {
            int t = i < 3 ? SOCK_STREAM : SOCK_SEQPACKET;
            socketpair(AF_UNIX, t, 0, s);
            close(s[1]);
            if (i % 3 == 0) T(write(s[0], "x", 1));
            if (i % 3 == 1) T(send(s[0], "x", 1, 0));
            if (i % 3 == 2) T(send(s[0], "x", 1, MSG_NOSIGNAL));
            fflush(stdout);
            _exit(0);
        }
        wait_child(child);
    }
}

static int tcp_pair(int *server, int *client, struct sockaddr_in *address) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof *address;
    *address = (struct sockaddr_in){AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    bind(listener, (void *)address, sizeof *address);
    listen(listener, 8);
    getsockname(listener, (void *)address, &length);
    *client = socket(AF_INET, SOCK_STREAM, 0);
    connect(*client, (void *)address, sizeof *address);
    *server = accept(listener, NULL, NULL);
    return listener;
}

static void internet(void) {
    int a, b, one = 1, value;
    struct sockaddr_in address, other;
    socklen_t length = sizeof other;
    int listener = tcp_pair(&a, &b, &address);
    T(getpeername(b, (void *)&other, &length));
    printf("same %d\n", !memcmp(&address, &other, sizeof other));
    length = 3;
    T(getpeername(b, (void *)&other, &length));
    printf("length %d\n", length);
    struct sockaddr_in6 bound;
    int six = socket(AF_INET6, SOCK_DGRAM, 0);
    length = sizeof bound;
    T(getsockname(six, (void *)&bound, &length));
    printf("family %d length %d\n", bound.sin6_family, length);
    T(getpeername(six, (void *)&bound, &length));
    T(setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one));
    T(send(b, "0123456789", 10, MSG_MORE));
    T(send(b, "abc", 3, 0));
    T(recv(a, buffer, 13, MSG_WAITALL));
    T(recv(a, buffer, 1, MSG_DONTWAIT));
    T(send(b, "xyz", 3, 0));
    T(send(b, "!", 1, MSG_OOB));
    T(send(b, "uvw", 3, 0));
    usleep(20000);
    struct pollfd p = {a, POLLIN | POLLPRI};
    T(poll(&p, 1, 1000));
    printf("events %x\n", p.revents);
    T(ioctl(a, SIOCATMARK, &value));
    printf("mark %d\n", value);
    T(recv(a, buffer, 100, 0));
    T(ioctl(a, SIOCATMARK, &value));
    printf("mark %d\n", value);
    T(recv(a, buffer, 1, MSG_OOB));
    text("urgent", buffer, 1);
    T(recv(a, buffer, 100, 0));
    T(ioctl(b, SIOCOUTQ, &value));
    T(send(b, "more", 4, 0));
    T(recv(a, buffer, 4, MSG_TRUNC | MSG_WAITALL));
    T(getsockopt(a, IPPROTO_TCP, TCP_NODELAY, &value, (socklen_t[]){4}));
    T(setsockopt(a, IPPROTO_TCP, TCP_NODELAY, &one, 4));
    T(getsockopt(a, IPPROTO_TCP, TCP_NODELAY, &value, (socklen_t[]){4}));
    printf("nodelay %d\n", value != 0);
    struct tcp_info info;
    length = sizeof info;
    T(getsockopt(a, IPPROTO_TCP, TCP_INFO, &info, &length));
    printf("state %d\n", info.tcpi_state);
    T(shutdown(b, SHUT_WR));
    T(recv(a, buffer, 10, 0));
    T(send(a, "back", 4, 0));
    T(recv(b, buffer, 10, 0));
    struct linger linger = {1, 0};
    T(setsockopt(a, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    close(a);
    T(recv(b, buffer, 10, 0));
    signal(SIGPIPE, SIG_IGN);
    T(send(b, "x", 1, 0));
    T(connect(b, (void *)&address, sizeof address));
    close(b);
    linger.l_linger = 30;
    b = socket(AF_INET, SOCK_STREAM, 0);
    T(connect(b, (void *)&address, sizeof address));
    T(setsockopt(b, SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
    T(connect(b, (void *)&address, sizeof address));
    T(sendfile(b, open("/etc/passwd", O_RDONLY), NULL, 100));
    close(b);
    a = accept(listener, NULL, NULL);
    T(recv(a, buffer, sizeof buffer, MSG_WAITALL));
    close(a);
    close(listener);
    b = socket(AF_INET, SOCK_STREAM, 0);
    T(connect(b, (void *)&address, sizeof address));
    b = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int connecting = connect(b, (void *)&address, sizeof address);
    printf("%s\n", connecting < 0 && (errno == EINPROGRESS || errno == ECONNREFUSED) ? "in progress" : "?");
    p = (struct pollfd){b, POLLOUT};
    T(poll(&p, 1, 1000));
    printf("events %x\n", p.revents);
    length = sizeof value;
    T(getsockopt(b, SOL_SOCKET, SO_ERROR, &value, &length));
    T(bind(b, (void *)&address, 4));
    address.sin_addr.s_addr = inet_addr("203.0.113.1");
    T(bind(b, (void *)&address, sizeof address));
    address.sin_family = AF_INET6;
    T(bind(b, (void *)&address, sizeof address));
    T(recv(b, buffer, 1, 0));
    T(accept(b, NULL, NULL));
    T(shutdown(b, SHUT_RD));
    /* Datagrams */
    int u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET, SOCK_DGRAM, 0);
    address = (struct sockaddr_in){AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    T(bind(u, (void *)&address, sizeof address));
    length = sizeof address;
    T(getsockname(u, (void *)&address, &length));
    T(sendto(v, "datagram", 8, 0, (void *)&address, sizeof address));
    T(recv(u, buffer, 3, MSG_TRUNC | MSG_PEEK));
    length = sizeof other;
    T(recvfrom(u, buffer, 3, 0, (void *)&other, &length));
    printf("from loopback %d length %d\n", other.sin_addr.s_addr == htonl(INADDR_LOOPBACK), length);
    T(send(v, "x", 1, 0));
    T(sendto(v, buffer, 65508, 0, (void *)&address, sizeof address));
    T(sendto(v, buffer, 65507, 0, (void *)&address, sizeof address));
    T(recv(u, buffer, sizeof buffer, 0));
    T(setsockopt(u, IPPROTO_IP, IP_PKTINFO, &one, sizeof one));
    T(setsockopt(u, SOL_SOCKET, SO_TIMESTAMP, &one, sizeof one));
    T(setsockopt(u, IPPROTO_IP, IP_RECVTTL, &one, sizeof one));
    T(sendto(v, "info", 4, 0, (void *)&address, sizeof address));
    receive_files(u, 1000, 0);
    T(sendto(v, "info", 4, 0, (void *)&address, sizeof address));
    receive_files(u, 40, 0);
    T(sendto(v, "info", 4, 0, (void *)&address, sizeof address));
    receive_files(u, 0, 0);
    T(setsockopt(v, IPPROTO_IP, IP_RECVERR, &one, sizeof one));
    close(u);
    T(connect(v, (void *)&address, sizeof address));
    T(send(v, "lost", 4, 0));
    usleep(20000);
    T(recv(v, buffer, 10, MSG_DONTWAIT));
    receive_files(v, 1000, MSG_ERRQUEUE);
    receive_files(v, 1000, MSG_ERRQUEUE);
    address.sin_family = AF_UNSPEC;
    T(connect(v, (void *)&address, sizeof address));
    struct sock_filter drop[] = {{BPF_RET | BPF_K, 0, 0, 0}};
    struct sock_fprog program = {1, drop};
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    program.len = 0;
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, 4));
    program = (struct sock_fprog){1, (void *)8};
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    length = 10;
    T(getsockopt(v, SOL_SOCKET, SO_GET_FILTER, buffer, &length));
    printf("instructions %d\n", length);
    T(setsockopt(v, SOL_SOCKET, SO_DETACH_FILTER, &one, sizeof one));
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_BPF, &one, sizeof one));
    value = 999;
    T(setsockopt(v, SOL_SOCKET, SO_ATTACH_BPF, &value, sizeof value));
}

static void options(void) {
    int u = socket(AF_UNIX, SOCK_STREAM, 0), t = socket(AF_INET6, SOCK_STREAM, 0);
    int plain[] = {SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST, SO_KEEPALIVE, SO_OOBINLINE,
                   SO_PRIORITY, SO_LINGER, SO_REUSEPORT, SO_PASSCRED, SO_RCVLOWAT, SO_SNDLOWAT, SO_RCVTIMEO, SO_SNDTIMEO,
                   SO_ACCEPTCONN, SO_PASSSEC, SO_TIMESTAMP, SO_PROTOCOL, SO_DOMAIN, SO_PEEK_OFF, SO_MARK, SO_ZEROCOPY, 9999, -1};
    for (int i = 0; i < (int)(sizeof plain / sizeof *plain); i++) {
        for (int k = 0; k < 2; k++) {
            long value[2] = {-1, -1};
            socklen_t length = sizeof value;
            long result = getsockopt(k ? t : u, SOL_SOCKET, plain[i], value, &length);
            printf("%d %d: %s %d %lx\n", k, plain[i], result < 0 ? strerrorname_np(errno) : "ok", length, value[0]);
            int one = 1;
            result = setsockopt(k ? t : u, SOL_SOCKET, plain[i], &one, sizeof one);
            printf("set %s\n", result < 0 ? strerrorname_np(errno) : "ok");
            result = setsockopt(k ? t : u, SOL_SOCKET, plain[i], &one, 1);
            printf("set %s\n", result < 0 ? strerrorname_np(errno) : "ok");
        }
    }
    int value = 0;
    socklen_t length = 4;
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, (void *)8, &length));
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, &value, (void *)8));
    T(setsockopt(u, SOL_SOCKET, SO_REUSEADDR, (void *)8, 4));
    T(setsockopt(u, SOL_SOCKET, SO_REUSEADDR, &value, -1));
    length = -1;
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, &value, &length));
    length = 1;
    T(getsockopt(u, SOL_SOCKET, SO_TYPE, &value, &length));
    printf("%d %d\n", value, length);
    length = 4;
    T(getsockopt(u, IPPROTO_TCP, TCP_NODELAY, &value, &length));
    T(setsockopt(u, IPPROTO_TCP, TCP_NODELAY, &value, 4));
    T(getsockopt(t, 12345, 1, &value, &length));
    T(setsockopt(t, IPPROTO_TCP, 9999, &value, 4));
    T(setsockopt(t, IPPROTO_IPV6, IPV6_UNICAST_HOPS, (int[]){300}, 4));
    length = sizeof buffer;
    T(getsockopt(t, IPPROTO_TCP, TCP_CONGESTION, buffer, &length));
    length = 100;
    T(getsockopt(u, SOL_SOCKET, SO_PEERCRED, buffer, &length));
    printf("%d\n", length);
    length = 5;
    T(getsockopt(u, SOL_SOCKET, SO_PEERCRED, buffer, &length));
    printf("%d\n", length);
    T(getsockopt(u, SOL_SOCKET, SO_PEERNAME, buffer, &length));
    int s[2];
    socketpair(AF_UNIX, SOCK_STREAM, 0, s);
    length = 1000;
    T(getsockopt(s[0], SOL_SOCKET, SO_PEERGROUPS, buffer, &length));
    printf("groups %d\n", length / 4 == getgroups(0, NULL));
}

static void polls(void) {
    int a, b, queue = epoll_create1(0);
    struct sockaddr_in address;
    int listener = tcp_pair(&a, &b, &address);
    struct epoll_event event = {EPOLLIN | EPOLLET | EPOLLRDHUP, {.fd = 1}}, got[8];
    T(epoll_ctl(queue, EPOLL_CTL_ADD, a, &event));
    T(epoll_ctl(queue, EPOLL_CTL_ADD, a, &event));
    event = (struct epoll_event){EPOLLIN | EPOLLONESHOT, {.fd = 2}};
    T(epoll_ctl(queue, EPOLL_CTL_ADD, b, &event));
    event = (struct epoll_event){EPOLLIN | EPOLLEXCLUSIVE, {.fd = 3}};
    T(epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event));
    T(epoll_ctl(queue, EPOLL_CTL_MOD, listener, &event));
    T(epoll_wait(queue, got, 8, 0));
    send(b, "abc", 3, 0);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    T(epoll_wait(queue, got, 8, 0));
    recv(a, buffer, 1, 0);
    T(epoll_wait(queue, got, 8, 0));
    send(b, "d", 1, 0);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 1000));
    send(a, "x", 1, 0);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    send(a, "y", 1, 0);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 0));
    event = (struct epoll_event){EPOLLIN | EPOLLONESHOT, {.fd = 22}};
    T(epoll_ctl(queue, EPOLL_CTL_MOD, b, &event));
    T(epoll_wait(queue, got, 8, 0));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    int c = socket(AF_INET, SOCK_STREAM, 0);
    connect(c, (void *)&address, sizeof address);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    close(accept(listener, NULL, NULL));
    shutdown(b, SHUT_WR);
    usleep(10000);
    T(epoll_wait(queue, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    int outer = epoll_create1(0);
    event = (struct epoll_event){EPOLLIN, {.fd = 5}};
    T(epoll_ctl(outer, EPOLL_CTL_ADD, queue, &event));
    T(epoll_ctl(queue, EPOLL_CTL_ADD, outer, &event));
    T(epoll_ctl(outer, EPOLL_CTL_ADD, outer, &event));
    connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&address, sizeof address);
    T(epoll_wait(outer, got, 8, 1000));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    /* Two descriptors of one description. */
    int twin = dup(a);
    event = (struct epoll_event){EPOLLOUT, {.fd = 6}};
    int other = epoll_create1(0);
    T(epoll_ctl(other, EPOLL_CTL_ADD, a, &event));
    event.data.fd = 7;
    T(epoll_ctl(other, EPOLL_CTL_ADD, twin, &event));
    T(epoll_wait(other, got, 8, 0));
    T(epoll_ctl(other, EPOLL_CTL_DEL, a, NULL));
    T(epoll_wait(other, got, 8, 0));
    printf("%x %d\n", got[0].events, got[0].data.fd);
    close(twin);
    T(epoll_wait(other, got, 8, 0));
    T(epoll_ctl(other, EPOLL_CTL_MOD, twin, &event));
    close(a);
    T(epoll_wait(other, got, 8, 0));
    fd_set in;
    FD_ZERO(&in);
    FD_SET(listener, &in);
    struct timeval none = {0, 0};
    T(select(listener + 1, &in, NULL, NULL, &none));
}

static void interfaces(void) {
    int u = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    T(ioctl(u, SIOCGIFFLAGS, &request));
    printf("loopback %d\n", (request.ifr_flags & IFF_LOOPBACK) != 0);
    T(ioctl(u, SIOCGIFINDEX, &request));
    printf("index %d\n", request.ifr_ifindex);
    T(ioctl(u, SIOCGIFADDR, &request));
    printf("%s\n", inet_ntoa(((struct sockaddr_in *)&request.ifr_addr)->sin_addr));
    T(ioctl(u, SIOCGIFNETMASK, &request));
    T(ioctl(u, SIOCGIFMTU, &request));
    printf("mtu %d\n", request.ifr_mtu);
    T(ioctl(u, SIOCGIFHWADDR, &request));
    strcpy(request.ifr_name, "nosuch0");
    T(ioctl(u, SIOCGIFFLAGS, &request));
    T(ioctl(u, SIOCGIFFLAGS, (void *)8));
    struct ifconf list = {sizeof buffer, {buffer}};
    T(ioctl(u, SIOCGIFCONF, &list));
    printf("interfaces %d first %s\n", list.ifc_len, list.ifc_req->ifr_name);
    list = (struct ifconf){0, {NULL}};
    T(ioctl(u, SIOCGIFCONF, &list));
    printf("interfaces %d\n", list.ifc_len);
    T(ioctl(u, 0x12345678, &list));
    T(ioctl(u, 0x5401 /* TCGETS */, buffer));
    int unix_socket = socket(AF_UNIX, SOCK_STREAM, 0);
    T(ioctl(unix_socket, SIOCGIFFLAGS, &request));
    T(ioctl(unix_socket, FIONREAD, buffer));
    T(ioctl(socket(AF_INET, SOCK_STREAM, 0), FIONREAD, buffer));
    int one = 1;
    T(ioctl(unix_socket, FIONBIO, &one));
    T(fcntl(unix_socket, F_GETFL));
    struct if_nameindex *index = if_nameindex();
    int count = 0;
    while (index[count].if_index) printf("%u %s\n", index[count].if_index, index[count].if_name), count++;
    int n = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct sockaddr_nl local = {AF_NETLINK}, kernel = {AF_NETLINK};
    T(bind(n, (void *)&local, sizeof local));
    socklen_t length = sizeof local;
    T(getsockname(n, (void *)&local, &length));
    printf("port is the pid %d\n", local.nl_pid == (unsigned)getpid());
    struct {
        struct nlmsghdr header;
        struct ifinfomsg body;
    } ask = {{sizeof ask, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
    T(sendto(n, &ask, sizeof ask, 0, (void *)&kernel, sizeof kernel));
    length = sizeof local;
    long size = recvfrom(n, buffer, sizeof buffer, 0, (void *)&local, &length);
    struct nlmsghdr *answer = (void *)buffer;
    printf("answer %d type %d pid %d from %d\n", size > 100, answer->nlmsg_type, answer->nlmsg_pid == (unsigned)getpid(), local.nl_pid);
    int second = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
    T(write(second, &ask, sizeof ask));
    T(recv(second, buffer, 16, MSG_TRUNC | MSG_PEEK) > 16);
    length = sizeof local;
    T(getsockname(second, (void *)&local, &length));
    printf("port of its own %d\n", local.nl_pid != (unsigned)getpid() && local.nl_pid != 0);
    T(connect(second, (void *)&kernel, sizeof kernel));
    T(getpeername(second, (void *)&local, &length));
    T(setsockopt(second, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof one));
    ask.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    ask.header.nlmsg_type = (9999 & ~3) | 2;
    T(send(n, &ask, sizeof ask, 0));
}

static void servers(void) {
    /* An echo server for several clients, each a process. */
    struct sockaddr_in address = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), total = 0;
    bind(listener, (void *)&address, sizeof address);
    listen(listener, 16);
    getsockname(listener, (void *)&address, &length);
    fflush(stdout);
    for (int i = 0; i < 8; i++) {
        if (!fork()) {
            int c = socket(AF_INET, SOCK_STREAM, 0);
            if (connect(c, (void *)&address, sizeof address) < 0) _exit(1);
            for (int k = 0; k < 50; k++) {
                int word = i * 1000 + k, back = 0;
                if (write(c, &word, sizeof word) != sizeof word) _exit(2);
                if (recv(c, &back, sizeof back, MSG_WAITALL) != sizeof back || back != word) _exit(3);
            }
            _exit(0);
        }
    }
    int queue = epoll_create1(0), open_now = 0, seen = 0;
    struct epoll_event event = {EPOLLIN, {.fd = listener}};
    epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
    while (seen < 8 || open_now > 0) {
        int n = epoll_wait(queue, &event, 1, 20000);
        if (n != 1) {
            printf("stuck\n");
            break;
        }
        if (event.data.fd == listener) {
            int c = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
            event = (struct epoll_event){EPOLLIN, {.fd = c}};
            epoll_ctl(queue, EPOLL_CTL_ADD, c, &event);
            seen++;
            open_now++;
            continue;
        }
        long got = read(event.data.fd, buffer, sizeof buffer);
        if (got <= 0) {
            close(event.data.fd);
            open_now--;
        } else {
            total += got;
            write(event.data.fd, buffer, got);
        }
    }
    printf("echoed %d\n", total);
    int status, good = 0;
    while (wait(&status) > 0) good += status == 0;
    printf("good %d\n", good);
    /* A server that passes its work on. */
    int control[2], s = socket(AF_UNIX, SOCK_STREAM, 0);
    bind_un(s, "work.sock");
    listen(s, 8);
    socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control);
    if (!fork()) {
        close(control[0]);
        for (;;) {
            struct control c;
            struct iovec vector = {buffer, 10};
            struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
            if (recvmsg(control[1], &message, 0) <= 0) _exit(0);
            int fd = *(int *)CMSG_DATA(&c.header);
            dprintf(fd, "worker");
            close(fd);
        }
    }
    close(control[1]);
    for (int i = 0; i < 4; i++) {
        if (!fork()) {
            int c = socket(AF_UNIX, SOCK_STREAM, 0);
            connect_un(c, "work.sock");
            long got = recv(c, buffer, 100, MSG_WAITALL);
            _exit(got == 6 ? 0 : 1);
        }
        int c = accept(s, NULL, NULL);
        send_files(control[0], &c, 1, "x");
        close(c);
    }
    close(control[0]);
    good = 0;
    while (wait(&status) > 0) good += status == 0;
    printf("good %d\n", good);
}

int main(int count, char **words) {
    const topic topics[] = {{"interruptions", interruptions}, {"internet", internet}, {"options", options}, {"polls", polls}, {"interfaces", interfaces}, {"servers", servers}, {NULL, NULL}};
    return run_topic(count, words, topics);
}
