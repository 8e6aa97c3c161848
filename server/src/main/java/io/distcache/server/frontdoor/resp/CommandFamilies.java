package io.distcache.server.frontdoor.resp;

/** All families of commands. Stateless. */
final class CommandFamilies {

    private CommandFamilies() {}

    /** What does all the commands there are. */
    static RespActions actions() {
        RespActions actions = new RespActions();
        ReadCommands.bind(actions);
        SetCommands.bind(actions);
        GetAndChangeCommands.bind(actions);
        RangeCommands.bind(actions);
        CounterCommands.bind(actions);
        KeyCommands.bind(actions);
        ExpiryCommands.bind(actions);
        TransferCommands.bind(actions);
        ScanCommands.bind(actions);
        TransactionCommands.bind(actions);
        ConnectionCommands.bind(actions);
        ClientCommands.bind(actions);
        ServerCommands.bind(actions);
        BitCommands.bind(actions);
        BitFieldCommand.bind(actions);
        LcsCommand.bind(actions);
        ConfigCommands.bind(actions);
        MonitoringCommands.bind(actions);
        DescribingCommands.bind(actions);
        AclCommands.bind(actions);
        return actions;
    }
}
