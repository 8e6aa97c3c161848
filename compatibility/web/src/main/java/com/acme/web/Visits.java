package com.acme.web;

import jakarta.enterprise.context.RequestScoped;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

/** What needs a session, and so a container of servlets. */
@Path("visits")
@RequestScoped
public class Visits {
    /** Counts the visits of a session. */
    @GET
    @Produces(MediaType.TEXT_PLAIN)
    public String visits(@Context HttpServletRequest request) {
        Integer visits = (Integer) request.getSession().getAttribute("visits");
        int more = visits == null ? 1 : visits + 1;
        request.getSession().setAttribute("visits", more);
        return "visits=" + more;
    }
}
